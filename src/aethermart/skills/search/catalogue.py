"""A catalogue as arrays: words, stems, where a title's head ends, letters and vectors of words.

Built once from records; read by all who search. Nothing changes after the build.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from aethermart.skills.search.embedding import Embedder
from aethermart.skills.search.language import Language, language_of
from aethermart.skills.search.libraries import Flags, Floats, Ints, Places, np
from aethermart.skills.search.postings import Field, Postings, build_postings
from aethermart.skills.search.records import Product
from aethermart.skills.search.text import normalised

# Of one occurrence against one in the title; b: how much length counts. Not tuned on any data.
FIELDS = {
    "title": Field(1.0, 0.5),
    "brand": Field(0.6, 0.0),
    "category": Field(0.4, 0.0),
    "attributes": Field(0.3, 0.3),
    "description": Field(0.2, 0.7),
}
K1 = 0.5
_TAIL = re.compile(r"(?<=\S)(?:\s+(?:in|with|for|without|from|by|w/)\s|\s*[(,;:|]|\s+[-/]\s)")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    products   in the order they came
    language   of their texts
    postings   over all fields
    words      the words of all titles, and `term_of` (n_words,) their stems' numbers
    tokens     word numbers of all titles, one after the other; `starts` (n_docs + 1,)
    is_number  (n_words,)
    heads      (n_docs,) place within the title of the last word before `in`, `with`, a comma …
    vectors    (n_docs, d) of titles, and `word_vectors` (n_words, d); None without an embedder
    shuffle    (n_docs,) 0 to 1, from title and id mixed: breaks ties, for an id's order must not
    """

    products: Sequence[Product]
    language: Language
    postings: Postings
    words: Sequence[str]
    term_of: Places
    tokens: Places
    starts: Ints
    is_number: Flags
    heads: Places
    vectors: Floats | None
    word_vectors: Floats | None
    shuffle: Floats

    def __len__(self) -> int:
        return len(self.products)

    def titles_of(self, docs: Places) -> Places:
        """Word numbers of some titles side by side: (n, longest), -1 behind a title's end."""
        starts = self.starts[docs]
        lengths = self.starts[docs + 1] - starts
        across = np.arange(max(int(lengths.max(initial=0)), 1))
        places = np.minimum(starts[:, None] + across, max(len(self.tokens) - 1, 0))
        return np.where(across < lengths[:, None], self.tokens[places], -1).astype(np.int32)


def build_catalogue(products: Sequence[Product], embedder: Embedder | None) -> Catalogue:
    """Read every product once. Some 10,000 titles a CPU second, as many again for vectors."""
    language = language_of(f"{product.title} {product.description}" for product in products)
    titles = [language.words(product.title) for product in products]
    numbers: dict[str, int] = {}
    tokens = np.fromiter(
        (numbers.setdefault(word, len(numbers)) for title in titles for word in title),
        dtype=np.int32,
    )
    lengths = np.fromiter(map(len, titles), dtype=np.int64, count=len(titles))
    vocabulary = list(numbers)
    postings = build_postings(_stemmed(language, products, titles), FIELDS, k1=K1)
    term_of = np.array(
        [postings.terms[stem] for stem in language.stems(vocabulary)], dtype=np.int32
    )
    return Catalogue(
        products=products,
        language=language,
        postings=postings,
        words=vocabulary,
        term_of=term_of,
        tokens=tokens,
        starts=np.concatenate(([0], np.cumsum(lengths))),
        is_number=np.array([word[0].isdigit() for word in vocabulary], dtype=bool),
        heads=np.array([head_of(product.title, language) for product in products], dtype=np.int32),
        vectors=embedder.embed([product.title for product in products]) if embedder else None,
        word_vectors=embedder.embed(vocabulary) if embedder else None,
        shuffle=np.array([_shuffled(product) for product in products], dtype=np.float32),
    )


def _stemmed(
    language: Language, products: Sequence[Product], titles: Sequence[Sequence[str]]
) -> dict[str, list[list[str]]]:
    """Stems of every field that some product fills."""
    texts = {
        "brand": [product.brand for product in products],
        "category": [product.category for product in products],
        "attributes": [" ".join(product.attributes.values()) for product in products],
        "description": [product.description for product in products],
    }
    stems = language.stems
    found = {"title": [stems(title) for title in titles]}
    for name, of_field in texts.items():
        if any(of_field):
            found[name] = [stems(language.words(text)) if text else [] for text in of_field]
    return found


def head_of(title: str, language: Language) -> int:
    """`Steel Desk Lamp in Black` -> 2, the place of `lamp` among the title's words."""
    plain = normalised(title)
    end = _TAIL.search(plain, 1)
    return max(len(language.split(plain[: end.start()] if end else plain)) - 1, 0)


def _shuffled(product: Product) -> float:
    return zlib.crc32(f"{product.title}\n{product.product_uid}".encode()) / 2**32
