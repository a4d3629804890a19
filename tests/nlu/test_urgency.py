"""Who is in danger now gets help first; who asks in general, or tells of last month, does not."""

from __future__ import annotations

import pytest

from content.catalog import load
from nlu.pipeline import build
from nlu.steps.fold import fold

NOW = """
em vừa chuyển khoản 5 triệu cho người bán trên fb giờ nó chặn em rồi
e vua ck 5tr cho no xong no block, lam sao lay lai
mẹ em vừa đọc mã otp cho người lạ
vừa đọc otp cho nó xong tiền trong tài khoản bị trừ liên tục
tôi mới chuyển 20 triệu lúc 9 giờ sáng nay cho kẻ giả danh công an
toi vua bi lua 15tr cach day 10 phut
lỡ bấm link lạ giờ điện thoại tự mở app ngân hàng
lo bam vao link la, may dang bi dieu khien
nó đang điều khiển điện thoại của tôi
tài khoản của tôi đang bị rút tiền
tai khoan vcb dang bi tru tien lien tuc
có người xưng công an đang bắt mẹ tôi chuyển tiền ngay
bố em đang ra ngân hàng chuyển tiền cho công an giả, ngăn thế nào
bà tôi sắp chuyển 100 triệu cho bọn lừa đảo, cứu với
nó dọa tung ảnh nếu không chuyển 5 triệu trong tối nay
đang bị ép chuyển khoản, nó không cho cúp máy
vua cai app dich vu cong gia xong man hinh bi treo, tien mat dan
em vừa nhập mật khẩu với otp vào web giả, làm gì trước
cai teamviewer theo loi no gio no dang xem man hinh em
vừa quét mã qr ở quán xong bị trừ 3 triệu
lỡ ck rồi
mình vừa nạp 8tr làm nhiệm vụ xong nhóm telegram giải tán
i just sent 10 million to a scammer what do i do
they are controlling my phone right now and money is leaving
cả nhà tôi vừa ăn nấm xong nôn liên tục
ca lop an com xong dau bung non, 12 chau
con em ăn xúc xích xong co giật
con tôi uống nhầm thuốc tím tái rồi
be nha em nuot pin roi
bố tôi uống rượu xong mờ mắt không thấy gì
an hai san xong noi me day khap nguoi, kho tho
vợ tôi tiêm filler xong mắt không nhìn thấy
bôi kem xong mặt sưng phù khó thở
uống thuốc giảm cân xong ngất gọi không tỉnh
me toi uong thuoc nam gio non ra mau
tiem xong nguoi tim tai, mach nhanh
con sốt cao li bì sau khi uống siro
ngo doc thuc pham nam la liet, cuu voi
nhà em đang nồng nặc mùi gas
binh gas xi khi khong khoa duoc
xe điện đang bốc cháy trong nhà
sạc dự phòng đang bốc khói
she can't breathe after eating shrimp
my friend is unconscious after drinking rice wine
em bé nổi mẩn khắp người, môi sưng, đang thở rít
ông tôi đau ngực dữ dội sau khi uống sâm
bạn em uống cả vỉ thuốc ngủ, gọi không dậy
họ nhốt em trong phòng không cho về nếu không trả tiền
bố uống nhầm rượu ngâm mật cá trắm giờ không đi tiểu được
the perm lotion burned me and I am fainting
"""
THREATENED = """
bọn nó dọa giết cả nhà tôi
dọa chém
chủ nợ dọa chém tôi
vay nặng lãi không trả được, nó đòi đốt nhà
nó dọa tạt axit
bọn nó đang ở trước cửa đòi tiền dọa đánh
chúng nó cầm dao đến nhà dọa chồng em
app vay nhắn tin dọa bắt cóc con tôi
nó nhắn tao sẽ đến chém cả nhà mày
hôm qua bọn đòi nợ dọa giết tôi
nếu tối nay không trả thì nó dọa đâm chết mẹ tôi
nó bảo không trả thì nó đốt nhà tôi
bảo vệ đang đánh chồng tôi vì không trả tiền gửi xe
they threaten to kill my family if i do not pay
loan shark said they will burn my house
"""
DESPAIRING = """
mất hết tiền rồi em không muốn sống nữa
chị em muốn nhảy lầu vì bị lừa hết tiền
i want to kill myself, i lost everything
"""
CALM = """
tuần trước em bị lừa 5 triệu giờ khiếu nại ở đâu
tháng trước mẹ tôi chuyển tiền cho công an giả
năm ngoái tôi mất 20 triệu vì đầu tư ảo
em bị lừa hồi tháng 8 giờ tố cáo được không
cách nhận biết tin nhắn lừa đảo
làm sao để phòng tránh lừa đảo qua mạng
otp là gì
có nên cho người khác mượn tài khoản ngân hàng không
ngân hàng có được tự trừ phí không
thẻ atm thu phí bao nhiêu
phí chuyển tiền liên ngân hàng bao nhiêu
dấu hiệu ngộ độc thực phẩm là gì
làm thế nào để phòng ngộ độc thực phẩm
quán ăn bẩn thì báo ai
bún ở quán này có ruồi
hôm trước ăn bánh mì đau bụng, giờ khỏi rồi
tháng trước con em dị ứng sữa, đã khỏi
thuốc hết hạn vẫn bán
mua thuốc ở đâu uy tín
kem trộn có hại không
shop giao sai hàng không cho đổi
đơn hàng quá hạn 10 ngày chưa giao
tủ lạnh hỏng mà không cho bảo hành
cây xăng bơm thiếu
cân điêu ở chợ
phòng gym không cho hủy hợp đồng
học phí đóng rồi có được hoàn không
bị gọi quảng cáo suốt ngày
quét mã vạch không ra gì
tôi muốn xin tờ rơi về phòng chống lừa đảo
mời cán bộ về nói chuyện phòng lừa đảo cho các cụ
cảm ơn bạn nhé
chào em
5 triệu
hôm qua
kết quả bóng đá hôm nay
thời tiết hôm nay thế nào
công thức nấu phở
phim kinh dị giết người
giá chém đẹp quá
bị chém giá
quán này chém giá tôi 500k bát phở
quán đòi chém tôi 500k một bát phở
tài xế dọa chém thêm tiền
dọa giết người bị phạt bao nhiêu
thuốc giết chuột có độc không
lò giết mổ đang giết lợn bệnh
game bắn giết cho trẻ em
quán đang cắt cổ khách, giá cắt cổ
nhà máy đốt rác gần nhà em
họ dọa kiện tôi ra tòa
dọa cắt điện nếu không đóng tiền
shop dọa đánh giá xấu lại tôi
phần mềm đang đánh giá sai tôi
họ bán cam dạo ngoài chợ, chẳng có tên tuổi
đắt muốn chết
the hotel overcharged me last week
nhẫn mạ vàng đeo một tháng bong hết mạ
chuyển khoản tiền cọc thuê phòng trọ, tới nơi chủ nhà bảo không hề rao
is this product genuine
"""


def sentences(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if line]


RULES = build(load(), None)


@pytest.mark.parametrize("text", sentences(NOW))
def test_danger_now_is_heard_with_no_model(text: str) -> None:
    assert RULES.parse(text).urgent
    assert RULES.parse(fold(text)).urgent


@pytest.mark.parametrize(
    ("text", "danger"),
    [(text, "violence") for text in sentences(THREATENED)]
    + [(text, "despair") for text in sentences(DESPAIRING)],
)
def test_a_threat_to_life_is_certain_and_told(text: str, danger: str) -> None:
    for typed in (text, fold(text)):
        heard = RULES.parse(typed)
        assert heard.urgent
        assert heard.act in ("ask", "report")
        assert RULES.danger(typed) == danger


@pytest.mark.parametrize("text", sentences(CALM))
def test_what_is_no_threat_is_none(text: str) -> None:
    assert RULES.danger(text) is None
    assert RULES.danger(fold(text)) is None


@pytest.mark.parametrize("text", sentences(CALM))
def test_what_can_wait_is_not_called_urgent(text: str) -> None:
    assert not RULES.parse(text).urgent


def test_the_table_is_long_enough() -> None:
    assert len(sentences(NOW)) + len(sentences(CALM)) >= 80
