"""Reads and writes GGUF version 3 files with F32, F16, Q8_0 and Q4_0 tensors.

Layout, from ggml's `docs/gguf.md`: magic, version, counts, key-value pairs, tensor
infos, padding to 32 bytes, tensor data with every tensor padded to 32 bytes.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32
BLOCK = 32  # weights that share a scale in Q8_0 and Q4_0


class ValueType(IntEnum):
    UINT8 = 0
    INT8 = 1
    UINT16 = 2
    INT16 = 3
    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    UINT64 = 10
    INT64 = 11
    FLOAT64 = 12


_STRUCT = {
    ValueType.UINT8: "<B",
    ValueType.INT8: "<b",
    ValueType.UINT16: "<H",
    ValueType.INT16: "<h",
    ValueType.UINT32: "<I",
    ValueType.INT32: "<i",
    ValueType.FLOAT32: "<f",
    ValueType.BOOL: "<?",
    ValueType.UINT64: "<Q",
    ValueType.INT64: "<q",
    ValueType.FLOAT64: "<d",
}


class TensorType(IntEnum):
    F32 = 0
    F16 = 1
    Q4_0 = 2
    Q8_0 = 8


@dataclass(frozen=True)
class Value:
    """A metadata value with its type; `element` is set for arrays."""

    type: ValueType
    value: Any
    element: ValueType | None = None


def u32(value: int) -> Value:
    return Value(ValueType.UINT32, value)


def f32(value: float) -> Value:
    return Value(ValueType.FLOAT32, value)


def boolean(value: bool) -> Value:
    return Value(ValueType.BOOL, value)


def string(value: str) -> Value:
    return Value(ValueType.STRING, value)


def array(element: ValueType, values: Any) -> Value:
    return Value(ValueType.ARRAY, list(values), element)


@dataclass(frozen=True)
class Tensor:
    """A tensor with its NumPy shape (ggml's dimensions reversed) and its bytes in the file."""

    name: str
    shape: tuple[int, ...]
    type: TensorType
    data: bytes

    def dequantize(self) -> np.ndarray:
        """The f32 values that every engine must compute with."""
        raw = np.frombuffer(self.data, dtype=np.uint8)
        if self.type == TensorType.F32:
            values = raw.view("<f4")
        elif self.type == TensorType.F16:
            values = raw.view("<f2").astype(np.float32)
        else:
            size = _BLOCK_BYTES[self.type]
            blocks = raw.reshape(-1, size)
            scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
            if self.type == TensorType.Q8_0:
                quants = blocks[:, 2:].view(np.int8).astype(np.float32)
            else:
                packed = blocks[:, 2:]
                quants = np.concatenate([packed & 15, packed >> 4], 1).astype(np.float32) - 8
            values = scales * quants
        return values.reshape(self.shape).copy()


_BLOCK_BYTES = {TensorType.Q4_0: 18, TensorType.Q8_0: 34}


def quantize(name: str, values: np.ndarray, kind: TensorType) -> Tensor:
    """Stores values as ggml's reference quantisation does, with blocks along the last axis."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    if kind == TensorType.F32:
        data = values.astype("<f4").tobytes()
    elif kind == TensorType.F16:
        data = values.astype("<f2").tobytes()
    else:
        if values.shape[-1] % BLOCK:
            raise ValueError(f"{name}: rows of {values.shape[-1]} do not divide into {BLOCK}")
        blocks = values.reshape(-1, BLOCK)
        data = (_q8_0 if kind == TensorType.Q8_0 else _q4_0)(blocks).tobytes()
    return Tensor(name, values.shape, kind, data)


def _reciprocal(scale: np.ndarray) -> np.ndarray:
    return np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)


def _q8_0(blocks: np.ndarray) -> np.ndarray:
    """An f16 scale and 32 signed bytes a block; the largest magnitude becomes 127."""
    scale = np.abs(blocks).max(1, keepdims=True) / np.float32(127)
    scaled = blocks * _reciprocal(scale)
    quants = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.uint8), quants.view(np.uint8)], 1)


def _q4_0(blocks: np.ndarray) -> np.ndarray:
    """An f16 scale and 32 nibbles a block (first half low); the extreme value becomes -8."""
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = extreme / np.float32(-8)
    scaled = blocks * _reciprocal(scale) + np.float32(8.5)
    quants = np.minimum(scaled.astype(np.int32), 15).astype(np.uint8)
    packed = quants[:, :16] | quants[:, 16:] << 4
    return np.concatenate([scale.astype("<f2").view(np.uint8), packed], 1)


def _pad(data: bytearray) -> None:
    data.extend(bytes(-len(data) % ALIGNMENT))


def _pack_string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _pack(kind: ValueType, value: Any) -> bytes:
    return _pack_string(value) if kind == ValueType.STRING else struct.pack(_STRUCT[kind], value)


def write_gguf(path: Path, metadata: dict[str, Value], tensors: list[Tensor]) -> None:
    """Writes a file; the order of keys and tensors is kept."""
    head = bytearray(MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(metadata)))
    for key, entry in metadata.items():
        head += _pack_string(key) + struct.pack("<I", entry.type)
        if entry.element is None:
            head += _pack(entry.type, entry.value)
        else:
            head += struct.pack("<IQ", entry.element, len(entry.value))
            for item in entry.value:
                head += _pack(entry.element, item)
    body = bytearray()
    for tensor in tensors:
        head += _pack_string(tensor.name) + struct.pack("<I", len(tensor.shape))
        head += struct.pack(f"<{len(tensor.shape)}Q", *reversed(tensor.shape))
        head += struct.pack("<IQ", tensor.type, len(body))
        body += tensor.data
        _pad(body)
    _pad(head)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + body)


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def scalar(self, kind: ValueType) -> Any:
        if kind == ValueType.STRING:
            length = self.scalar(ValueType.UINT64)
            self.at += length
            return self.data[self.at - length : self.at].decode()
        (value,) = struct.unpack_from(_STRUCT[kind], self.data, self.at)
        self.at += struct.calcsize(_STRUCT[kind])
        return value

    def value(self) -> Value:
        kind = ValueType(self.scalar(ValueType.UINT32))
        if kind != ValueType.ARRAY:
            return Value(kind, self.scalar(kind))
        element = ValueType(self.scalar(ValueType.UINT32))
        count = self.scalar(ValueType.UINT64)
        return array(element, (self.scalar(element) for _ in range(count)))


def read_gguf(path: Path) -> tuple[dict[str, Value], dict[str, Tensor]]:
    """Reads metadata and tensors. Raises ValueError for what is not GGUF version 3."""
    reader = _Reader(path.read_bytes())
    if reader.data[:4] != MAGIC:
        raise ValueError(f"{path.name} is not a GGUF file")
    reader.at = 4
    version = reader.scalar(ValueType.UINT32)
    if version != VERSION:
        raise ValueError(f"{path.name} has GGUF version {version}, expected {VERSION}")
    tensor_count, pair_count = (reader.scalar(ValueType.UINT64) for _ in range(2))
    metadata = {}
    for _ in range(pair_count):
        key = reader.scalar(ValueType.STRING)
        metadata[key] = reader.value()
    infos = []
    for _ in range(tensor_count):
        name = reader.scalar(ValueType.STRING)
        rank = reader.scalar(ValueType.UINT32)
        shape = tuple(reader.scalar(ValueType.UINT64) for _ in range(rank))[::-1]
        kind = TensorType(reader.scalar(ValueType.UINT32))
        infos.append((name, shape, kind, reader.scalar(ValueType.UINT64)))
    start = reader.at + -reader.at % ALIGNMENT
    tensors = {}
    for name, shape, kind, offset in infos:
        count = int(np.prod(shape))
        size = count // BLOCK * _BLOCK_BYTES[kind] if kind in _BLOCK_BYTES else count * (4, 2)[kind]
        data = reader.data[start + offset : start + offset + size]
        tensors[name] = Tensor(name, shape, kind, data)
    return metadata, tensors
