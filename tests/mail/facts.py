"""What the verbs hand to each mail."""

LINK = "http://127.0.0.1:8000/k/" + "A" * 22
ENDS = "2026-11-23T13:05:00+00:00"

FACTS: dict[str, dict[str, object]] = {
    "activate": {"link": LINK, "ends": ENDS},
    "register_known": {
        "name": "Anna Ä. Groß",
        "login": "http://127.0.0.1:8000/login",
        "forgot": "http://127.0.0.1:8000/password/forgot",
    },
    "reset": {"name": "Anna Groß", "link": LINK, "ends": ENDS},
    "welcome_over": {"name": "Anna Groß", "link": LINK, "ends": ENDS},
    "welcome_invite": {"name": ""},
    "password_changed": {"name": "Anna Groß"},
    "renewal_policy": {"name": "Anna Groß"},
    "renewal_compromise": {"name": "Anna Groß"},
    "business_linked": {"name": "Anna Groß", "business": "Tischlerei <Beispiel> & Co. KG"},
    "business_new_member": {
        "name": "Anna Groß",
        "person": "Ben Klein",
        "business": "Tischlerei <Beispiel> & Co. KG",
    },
    "business_unlinked": {"name": "Anna Groß", "business": "Tischlerei Beispiel"},
    "pin_ordered": {"name": "Anna Groß", "number": "1234567-001", "days": 30},
    "test": {},
}
