"""Dimensions of pico, a Qwen3-VL of two million parameters.

Every name follows the configuration classes of Qwen3-VL in Hugging Face
transformers, so that a reader of one finds the other.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TextConfig:
    hidden_size: int = 128
    intermediate_size: int = 384
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 32
    vocab_size: int = 704
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10_000.0
    # How many of the head_dim / 2 frequencies turn with time, height and width.
    mrope_section: tuple[int, int, int] = (6, 5, 5)
    context_length: int = 4096


@dataclass(frozen=True)
class VisionConfig:
    hidden_size: int = 96
    intermediate_size: int = 256
    depth: int = 4
    num_heads: int = 3
    patch_size: int = 16
    temporal_patch_size: int = 2
    in_channels: int = 3
    spatial_merge_size: int = 2
    # The learned position table is side x side.
    position_table_side: int = 16
    deepstack_visual_indexes: tuple[int, ...] = (0, 1, 2)
    layer_norm_eps: float = 1e-6
    image_mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    image_std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    # Limits on height * width after resizing: 96 x 96 and 256 x 256.
    image_min_pixels: int = 9_216
    image_max_pixels: int = 65_536
    # Default budget of one request: training saw no side longer than 128.
    image_pixels: int = 16_384

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_heads

    @property
    def image_size(self) -> int:
        """Side in pixels of a picture that covers the position table one to one."""
        return self.position_table_side * self.patch_size

    @property
    def patch_values(self) -> int:
        """Values in one row of pixel_values: channels x frames x rows x columns."""
        return self.in_channels * self.temporal_patch_size * self.patch_size**2


@dataclass(frozen=True)
class Config:
    text: TextConfig = field(default_factory=TextConfig)
    vision: VisionConfig = field(default_factory=VisionConfig)
