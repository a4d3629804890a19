"""The error table of the OA OpenAPI (phu-luc/ma-loi), as far as the emulator answers with it."""

from __future__ import annotations

MESSAGES: dict[int, str] = {
    -32: "App or OA has exceeded the API call rate limit",
    -100: "Attachment is expired",
    -200: "Sending message failed",
    -201: "Parameter is invalid",
    -204: "Official Account is disabled",
    -205: "Official Account does not exist",
    -209: "This API is not supported because the app is not activated",
    -210: "Parameter exceeds the limit",
    -211: "Out of quota",
    -212: "Official Account has not registered this API",
    -213: "User has not followed Official Account",
    -216: "Access token is invalid",
    -217: "User has blocked invitations of the Official Account",
    -218: "User's quota of receiving messages is reached",
    -220: "Access token is expired or removed",
    -221: "Official Account is not verified",
    -222: "User is banned or has been inactive for more than 45 days",
    -223: "Official Account has not authorised this API",
    -224: "Official Account needs to upgrade its tier package to use this API",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted, or the interaction has expired",
    -233: "Message type is invalid or not supported",
    -234: "This message type is not allowed at night (22:00 - 6:00)",
    -235: "This API does not support this type of OA",
    -240: "MessageV2 API has been shut down, please use MessageV3 API",
    -242: "appsecret_proof is invalid",
    -244: "User has restricted this type of message from the OA",
    -248: "Content violates the platform's standards",
    -305: "Official Account cannot reply after 48 hours",
    -311: "Out of quota for replying to the user's message",
    -320: "App needs to link with a Zalo Business Account to use paid features",
    -321: "Zalo Business Account linked with the app has no money left",
}


class Refused(Exception):
    """A call that the platform answers with an error of its own, over HTTP 200."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.message = message or MESSAGES.get(code, "Unknown error")
        super().__init__(f"{self.code} {self.message}")
