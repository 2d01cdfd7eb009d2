"""What made-up people say and do, and how often: the same in the bulk of a year and live."""

from __future__ import annotations

# Visits.
VISITS_AN_ORDER = 8  # that led to nothing
EVENTS = ("page_view", "search", "product_view", "add_to_cart", "checkout", "purchase")
PAGES = ("/", "/search", "/product", "/cart", "/checkout", "/thanks")
BUYING = (0, 2, 3, 4, 5)  # of EVENTS
GOES_ON = (0.35, 0.8, 0.3, 0.4)  # of the visits without an order: searches, looks, carts, pays
REFERRERS = (None, "search engine", "newsletter", "social", "affiliate")
REFERRER_SHARES = (0.35, 0.3, 0.15, 0.12, 0.08)
NOBODY = 0.6  # of the visits without an order are not logged in
IN_THE_APP = 0.45
APP_VERSIONS = ("4.1.0", "4.2.0", "4.2.1")

# Posts.
ORDERS_A_POST = 25
PLATFORMS = ("forum", "microblog", "photos", "video")
SAID = (
    "Anyone else got the {}? Love it.",
    "My {} arrived today, very happy.",
    "The {} is not worth the money.",
    "Thinking about the {}, any experience?",
    "Returned the {}, quality has dropped.",
)
SAID_SHARES = (0.25, 0.3, 0.15, 0.2, 0.1)

# Support.
ORDERS_A_CHAT = 37
TOPICS = ("delivery", "return", "product question", "payment", "complaint")
TOPIC_SHARES = (0.4, 0.2, 0.2, 0.1, 0.1)

# Payments.
METHODS, METHOD_SHARES = ("card", "paypal", "bank_transfer", "invoice"), (0.55, 0.25, 0.1, 0.1)
REFUSED_FIRST = 0.04  # of the paid orders were refused once before

# Reviews.
REVIEWED, REVIEWED_RETURNED = 0.06, 0.2  # of the lines: who returns has more to say
KEPT_SHARES = (0.03, 0.05, 0.12, 0.32, 0.48)  # of 1 to 5 stars
RETURNED_SHARES = (0.42, 0.28, 0.18, 0.08, 0.04)
TITLES = (
    ("Broke within a week", "Not as described", "Never again", "Sent it straight back"),
    ("Disappointing", "Feels cheap", "Too small", "Expected more"),
    ("It does the job", "Average", "Fine for the price", "Could be better"),
    ("Good quality", "Happy with it", "Well made", "Would buy again"),
    ("Excellent", "Love it", "Perfect gift", "Better than expected"),
)
BODIES = (
    "The finish was poor and it stopped working. The refund was quick.",
    "The colour differs from the picture and the seams are loose.",
    "Delivery took a while, the product itself is all right.",
    "Solid, looks as in the pictures, arrived on time.",
    "We use it every day and have recommended it to friends.",
)

# Campaigns.
LIFT = 0.6  # a promoted product sells 1.6 times as often as it else would, whatever the cut
