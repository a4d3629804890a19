"""The complaint form: which question is next, what a message answers, the summary before it is sent."""
