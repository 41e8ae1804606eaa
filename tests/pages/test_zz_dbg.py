from tests.pages.test_business import *
def test_x(anna, house):
    p = order(anna, house)
    l = link(anna, p)
    print(l.status, l.error_code, l.text[:300])
    print(memberships(house), anna.open("/business").text[:600])
    assert 0
