"""The migrations, in the order of their numbers. One that is released is never edited again."""
