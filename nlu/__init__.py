"""Vietnamese understanding: text in, `Understanding` out; no input or output of its own."""
