"""A few rules that answer when there is no trained model: coarse, but nobody is left without help."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.steps.classify import Reading
from nlu.steps.entities.tagger import Tagger
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling
from nlu.understanding import Act, Entity, Guess

# Conversation acts by their whole wording (short messages only).
_ACTS: tuple[tuple[Act, str], ...] = (
    ("greet", r"(?:xin |em |minh |toi )?chao\b.*|alo|hello|hi|hey"),
    ("thanks", r".*\bcam on\b.*"),
    ("goodbye", r"tam biet.*|bye.*|chao nhe|hen gap lai.*"),
    ("affirm",
        r"(?:da |vang |u |um |co )*(?:co|dung|dung roi|vang|da|da vang|ok|dong y|duoc|u|um|phai|yes|chuan"
        r"|gui di)(?: .{0,12})?"),
    ("deny", r"(?:da )?(?:khong|khong phai|chua|thoi|khong can|no|sai|khong dong y)(?: .{0,12})?"),
    ("cancel", r"(?:huy|bo qua|dung lai|thoi khong .*|huy bo|cancel|stop)(?: .{0,16})?"),
    ("help", r"(?:tro giup|huong dan|giup|help|ban lam duoc gi|menu)(?: .{0,20})?"),
    ("check_status",
        r".*(?:\b(?:hy|tn) ?\d\d ?\d{3,6}\b|ho so .*(?:den dau|the nao|sao roi)|tra cuu (?:phan anh|ho so"
        r"|ma)|da xu ly chua|tinh trang phan anh).*"),
    ("talk_to_officer",
        r".*(?:gap (?:nguoi|can bo|nhan vien|tu van)|noi chuyen voi (?:nguoi|can bo|nhan vien)|nguoi that"
        r"|talk to (?:a )?(?:human|person|officer)).*"),
    ("unsubscribe", r".*(?:huy dang ky|ngung nhan|dung gui|khong nhan tin|unsubscribe).*|dung"),
    ("subscribe", r".*(?:dang ky nhan|nhan canh bao|nhan tin canh bao|subscribe).*"),
    ("change_language", r".*(?:english|tieng anh|tieng viet|change language)(?: .{0,12})?"),
    ("change_province", r".*(?:doi tinh|chuyen tinh|doi sang (?:hung yen|thai nguyen)).*"),
    ("delete_data", r".*(?:xoa (?:het |toan bo )?(?:du lieu|hoi thoai|thong tin|tin nhan|lich su)).*"),
    ("about_bot", r".*(?:ban la ai|la may hay nguoi|nguoi hay may|chatbot|la robot|who are you).*"),
)  # fmt: skip
# Topic -> its telling words; the more are found, the surer. Earlier topics win ties (docs/routing.md).
_TOPICS: dict[str, str] = {
    "bank_fraud":
        r"lua dao|bi lua|otp|gia danh|gia mao|dieu khien|link la|ung dung la|viec nhe|nhiem vu|cong an"
        r"|chiem doat|hack|scam|fraud|deepfake|vay app|tai khoan bi tru|chan em|block",
    "medicine": r"thuoc|vac xin|vaccine|nha thuoc|so dang ky|khang sinh|dong y|medicine",
    "functional_food": r"thuc pham chuc nang|giam can|bo sung|collagen|sua bot|vitamin|tang can|supplement",
    "cosmetics": r"my pham|kem|son moi|serum|tay trang|mat na|nuoc hoa|sua rua mat|cosmetic",
    "medical_device": r"may do|que thu|khau trang|kit test|nhiet ke|may tro thinh|thiet bi y te",
    "health_ads": r"chua dut diem|than duoc|khoi 100|cam ket khoi|quang cao .*(?:chua|tri|khoi)",
    "health_service": r"phong kham|benh vien|nha khoa|vien phi|kham benh|tham my vien|filler|clinic|hospital",
    "food_produce": r"rau|thit|ca\b|trung|trai cay|hoa qua|nong san|gao|thuy san|thuc pham ban|thuoc sau",
    "food_prepared":
        r"ngo doc|quan an|nha hang|do an|banh|nuoc uong|nuoc dong chai|com|bun|pho|tra sua|do hop"
        r"|an toan thuc pham|poison",
    "bank_service": r"ngan hang|lai suat|khoan vay|the tin dung|bao hiem khi vay|phi the|atm|vi dien tu",
    "online_shopping":
        r"shopee|tiktok|lazada|tiki|livestream|don hang|giao hang|shipper|mua online|tren mang|dat hang"
        r"|hoan tien|online",
    "counterfeit_goods": r"hang gia|hang nhai|hang fake|nhap lau|khong ro nguon goc|counterfeit|fake",
    "warranty_return": r"bao hanh|doi tra|bi loi|hong|sua chua|loi san pham|warranty",
    "contract_terms":
        r"hop dong|goi cuoc|tu dong gia han|phong tap|hoc phi|bao hiem|da cap|hoi thao|vien thong"
        r"|dien nuoc",
    "misleading_ads": r"quang cao|khuyen mai|treo dau de|giam gia ao",
    "price": r"chat chem|niem yet|tinh gia|gia cao|phu thu|tang gia|dat qua",
    "measurement_quality": r"can thieu|can dieu|xang|cot bom|dong ho nuoc|cong to|do luong|chay no|ro ri",
    "traceability": r"ma vach|truy xuat|nguon goc|qr|tem chong gia|893|barcode",
    "personal_data": r"du lieu ca nhan|lo thong tin|cuoc goi rac|spam|ban so dien thoai|quay roi",
    "tourism": r"du lich|khach san|tour|taxi|homestay|hotel|tourist",
    "environment_packaging": r"bao bi|rac thai|moi truong|o nhiem|nhua",
    "consumer_education": r"to roi|tap huan|tuyen truyen|tai lieu|hoc sinh|bai giang",
    "mediation": r"hoa giai|tro giup phap ly|khoi kien|dai dien|hoi bao ve",
    "agency_conduct": r"can bo|co quan .*(?:khong|cham)|hoi lo|thai do|khong giai quyet|dun day",
    "consumer_rights": r"quyen|luat|khieu nai|duong day nong|hotline|co quan nao|o dau|thoi han|15 ?3",
}  # fmt: skip
_ASKS = re.compile(
    r"\?|\b(?:lam sao|the nao|la gi|o dau|bao nhieu|co duoc|duoc khong|co phai|hoi|ai|nao|khi nao"
    r"|bao lau|what|how|where)\b"
)


class KeywordEngine:
    """Confidence stays low, so that the dialogue asks back."""

    tagger: Tagger | None = None
    spelling: Spelling | None = None

    def __init__(self) -> None:
        self._acts = [(act, re.compile(pattern)) for act, pattern in _ACTS]
        self._topics = [(t, re.compile(rf"\b(?:{p})\b")) for t, p in _TOPICS.items()]

    def classify(self, message: Message, _entities: Sequence[Entity] = ()) -> Reading:
        said = message.plain[:2000]
        bare = re.sub(r"[?!]", "", said).strip()
        if len(bare) <= 60:
            for talk, pattern in self._acts:
                if pattern.fullmatch(bare):
                    return Reading((Guess(talk, None, 0.6),))
        hits = sorted(
            ((len(set(pattern.findall(said))), topic) for topic, pattern in self._topics),
            key=lambda hit: -hit[0],
        )
        best = [topic for count, topic in hits if count][:4]
        act: Act = "ask" if _ASKS.search(said) and len(said) < 160 else "report"
        if not best:
            return Reading((self._nothing_known(bare),))
        return Reading(tuple(Guess(act, topic, round(0.5 / (n + 1), 2)) for n, topic in enumerate(best)))

    def _nothing_known(self, bare: str) -> Guess:
        """Short words are an answer to something; long ones matter too much to call them foreign."""
        if len(bare.split()) <= 5:
            return Guess("inform", None, 0.4)
        return Guess("report", "other", 0.2)
