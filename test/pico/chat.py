"""pico's prompt format, ChatML as Qwen3-VL speaks it: the template and the same in Python."""

import json
from typing import Any

# Jinja's `-` marks drop every blank between statements; only quoted text reaches the prompt.
CHAT_TEMPLATE = """\
{#- ChatML. A message's content is a string or a list of text and image parts. -#}
{%- macro content_of(message) -%}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- elif message.content -%}
    {%- for part in message.content -%}
      {%- if part.type == 'image' or part.type == 'image_url' -%}
        {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
      {%- elif part.type == 'video' -%}
        {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
      {%- else -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
{%- for message in messages -%}
  {%- if message.role == 'tool' -%}
    {#- Results that follow one another share one user turn. -#}
    {%- if loop.index0 == 0 or messages[loop.index0 - 1].role != 'tool' -%}
      {{- '<|im_start|>user' -}}
    {%- endif -%}
    {{- '\\n<tool_response>\\n' + content_of(message) + '\\n</tool_response>' -}}
    {%- if loop.last or messages[loop.index0 + 1].role != 'tool' -%}
      {{- '<|im_end|>\\n' -}}
    {%- endif -%}
  {%- else -%}
    {{- '<|im_start|>' + message.role + '\\n' + content_of(message) -}}
    {%- for tool_call in message.tool_calls or [] -%}
      {%- set call = tool_call.function or tool_call -%}
      {%- if message.content or not loop.first -%}
        {{- '\\n' -}}
      {%- endif -%}
      {{- '<tool_call>\\n{"name": "' + call.name + '", "arguments": ' -}}
      {%- if call.arguments is string -%}
        {{- call.arguments -}}
      {%- else -%}
        {{- call.arguments | tojson -}}
      {%- endif -%}
      {{- '}\\n</tool_call>' -}}
    {%- endfor -%}
    {{- '<|im_end|>\\n' -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""

_PLACEHOLDER = {
    "image": "<|vision_start|><|image_pad|><|vision_end|>",
    "video": "<|vision_start|><|video_pad|><|vision_end|>",
}


def _content(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(_PLACEHOLDER.get(part["type"]) or part["text"] for part in content)


def render(messages: list[dict[str, Any]], add_generation_prompt: bool = True) -> str:
    """The prompt that CHAT_TEMPLATE gives for messages; one placeholder per picture."""
    prompt = ""
    for index, message in enumerate(messages):
        text = _content(message)
        if message["role"] == "tool":
            if index == 0 or messages[index - 1]["role"] != "tool":
                prompt += "<|im_start|>user"
            prompt += f"\n<tool_response>\n{text}\n</tool_response>"
            if index + 1 == len(messages) or messages[index + 1]["role"] != "tool":
                prompt += "<|im_end|>\n"
            continue
        calls = [
            f'<tool_call>\n{{"name": "{call["name"]}", "arguments": '
            f"{json.dumps(call['arguments'])}}}\n</tool_call>"
            for call in message.get("tool_calls") or []
        ]
        body = "\n".join(([text] if text else []) + calls)
        prompt += f"<|im_start|>{message['role']}\n{body}<|im_end|>\n"
    return prompt + ("<|im_start|>assistant\n" if add_generation_prompt else "")


def expand_images(prompt: str, image_tokens: list[int]) -> str:
    """Repeats each image placeholder as often as its picture has tokens."""
    pieces = prompt.split("<|image_pad|>")
    if len(pieces) - 1 != len(image_tokens):
        raise ValueError(f"{len(pieces) - 1} placeholders for {len(image_tokens)} pictures")
    expanded = pieces[0]
    for count, piece in zip(image_tokens, pieces[1:]):
        expanded += "<|image_pad|>" * count + piece
    return expanded
