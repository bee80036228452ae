"""Byte-level BPE with Qwen2's pre-tokeniser: encoding, decoding.

The pre-tokeniser splits as Qwen's published pattern does:

    (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\\r\\n\\p{L}\\p{N}]?\\p{L}+ | \\p{N}
    | ?[^\\s\\p{L}\\p{N}]+[\\r\\n]* | \\s*[\\r\\n]+ | \\s+(?!\\S) | \\s+

Python's `re` lacks Unicode properties. Here every character is first replaced
by one letter for its class, and the pattern runs over that string instead.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
)

_CONTRACTION = re.compile(r"'(?:s|t|re|ve|m|ll|d)", re.IGNORECASE)
# Classes: L letter, N number, R line break, B blank, W other whitespace, P anything else.
_WORD = re.compile(r"[BWP]?L+|N|B?P+R*|[BWR]*R+|[BWR]+(?![LNP])|[BWR]+")


@lru_cache(maxsize=None)
def _character_class(character: str) -> str:
    if character == " ":
        return "B"
    if character in "\r\n":
        return "R"
    category = unicodedata.category(character)
    if category[0] in "LN":
        return category[0]
    # Unicode's White_Space, which str.isspace() exceeds by four information separators.
    if character.isspace() and not "\x1c" <= character <= "\x1f":
        return "W"
    return "P"


def pretokenize(text: str) -> list[str]:
    """Splits text into the pieces inside which merges may happen."""
    classes = "".join(map(_character_class, text))
    pieces, position = [], 0
    while position < len(text):
        match = _CONTRACTION.match(text, position) or _WORD.match(classes, position)
        pieces.append(text[position : match.end()])
        position = match.end()
    return pieces


def _byte_alphabet() -> dict[int, str]:
    """GPT-2's printable stand-in for each byte: itself where printable, else from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    alphabet = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in alphabet)
    alphabet.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return alphabet


BYTE_TO_CHARACTER = _byte_alphabet()
CHARACTER_TO_BYTE = {character: byte for byte, character in BYTE_TO_CHARACTER.items()}


def _to_alphabet(piece: str) -> list[str]:
    return [BYTE_TO_CHARACTER[byte] for byte in piece.encode()]


class Tokenizer:
    """Encodes text to ids and back.

    `tokens[id]` is the token in the byte alphabet (special tokens as they are);
    `merges` are pairs of tokens, the earliest first in rank.
    """

    def __init__(self, tokens: list[str], merges: list[tuple[str, str]]):
        self.tokens = tokens
        self.merges = merges
        self._ids = {token: index for index, token in enumerate(tokens)}
        self._rank = {pair: rank for rank, pair in enumerate(merges)}
        self._pieces: dict[str, list[int]] = {}
        self._special = re.compile("(" + "|".join(map(re.escape, SPECIAL_TOKENS)) + ")")
        self.image_pad = self._ids["<|image_pad|>"]
        self.end_of_turn = self._ids["<|im_end|>"]
        self.end_of_text = self._ids["<|endoftext|>"]

    def encode(self, text: str) -> list[int]:
        """Token ids of text in which special tokens are written out."""
        ids: list[int] = []
        for part in self._special.split(text):
            if part in SPECIAL_TOKENS:
                ids.append(self._ids[part])
            else:
                for piece in pretokenize(part):
                    ids.extend(self._encode_piece(piece))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids; bytes that are not UTF-8 become U+FFFD."""
        data = bytearray()
        for index in ids:
            token = self.tokens[index]
            if token in SPECIAL_TOKENS:
                data += token.encode()
            else:
                data += bytes(CHARACTER_TO_BYTE[character] for character in token)
        return data.decode(errors="replace")

    def _encode_piece(self, piece: str) -> list[int]:
        if piece not in self._pieces:
            parts = _to_alphabet(piece)
            while len(parts) > 1:
                pairs = list(zip(parts, parts[1:]))
                first = min(range(len(pairs)), key=lambda at: self._rank.get(pairs[at], 1 << 30))
                if pairs[first] not in self._rank:
                    break
                parts[first : first + 2] = ["".join(pairs[first])]
            self._pieces[piece] = [self._ids[part] for part in parts]
        return self._pieces[piece]
