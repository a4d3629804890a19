"""What the bot says and knows, as data. Editable without Python; `content.catalog` is the one reader."""
