"""Ways to reach people, one package each. None imports another; only `bot.app` names them."""
