"""placeholder"""
from pathlib import Path
from nlu.steps.classify import Reading
from nlu.steps.normalise import Message
class LinearEngine:
    @classmethod
    def load(cls, path: Path) -> "LinearEngine":
        raise NotImplementedError
    def classify(self, message: Message) -> Reading:
        raise NotImplementedError
