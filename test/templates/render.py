"""Renders conversations with the published chat templates, as Hugging Face transformers does.

    python3 test/templates/render.py

Writes test/fixtures/templates/rendered.json: each conversation in Glance's own shape, and the text that Python's
Jinja2 makes of it. Needs Jinja2 (Debian: python3-jinja2); the test that reads the file needs no Python.
"""

import itertools
import json
import random
from pathlib import Path

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).parent.parent / "fixtures" / "templates"
TEXT = ["qwen3", "qwen3-april-2025"]
VISION = ["qwen3-vl-instruct", "qwen3-vl-thinking"]

WEATHER = {
    "name": "get_weather",
    "description": "Weather at a place, now. Units: \"metric\" or 'imperial' <b>only</b> & nothing else.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Name of the city, e.g. Zürich or 東京"},
            "unit": {"type": "string", "enum": ["metric", "imperial"], "default": "metric"},
            "days": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 6.5}},
        },
        "required": ["city"],
        "additionalProperties": False,
    },
}
CLOCK = {"name": "what_time-is_it", "description": "The time.\nIn one line, \\with\\ a tab:\t."}
SEARCH = {
    "name": "search",
    "description": "",
    "parameters": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "filter": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/filter"}]},
            "limit": {"type": "number", "exclusiveMinimum": 0.25},
        },
        "$defs": {"filter": {"type": "object", "properties": {}}},
    },
}
TOOL_SETS = [None, [WEATHER], [CLOCK, WEATHER, SEARCH]]

SYSTEMS = [
    None,
    "You are a helpful assistant.",
    "Antworte kurz.\n\n- höflich\n- ohne Umlaute 😀\n",
    "  Leading and trailing spaces  ",
]
QUESTIONS = [
    "What is the weather in Paris?",
    "Vergleiche 3 < 4 und 5 > 2 & erkläre \"warum\".",
    "Line one\n\nLine two\n\t- indented\n",
    "你好！今天星期几？ /no_think",
    "Write {{ braces }}, {% tags %} and {# comments #} as they are.",
    "Backslashes \\n \\\\ and quotes ' \" `; a carriage return\r\nhere.",
    " ",
    "/think How many R are in strawberry?",
]
ANSWERS = [
    "It is sunny.",
    "\n\nAn answer that begins and ends with line breaks.\n",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "",
    "Emoji 👩‍👩‍👧 and accents e\u0301.",
]
THOUGHTS = ["The user wants the weather.", "\nFirst line.\n\nSecond line.\n", "Hm… 3 < 4, so yes.", ""]
CALLS = [
    ("get_weather", '{"city": "Paris"}'),
    ("get_weather", '{"city":"Zürich","unit":"metric","days":[0,1,2]}'),
    ("search", '{"query": "a \\"quoted\\" text\\nwith lines", "filter": null, "limit": 2.5}'),
    ("search", '{"query":"\\u6771\\u4eac \\/ a:b, c","filter":{},"limit":20.0}'),
    ("what_time-is_it", "{}"),
]
RESULTS = [
    '{"temperature": 21.5, "sky": "clear"}',
    "12:34",
    "",
    "Error: no such city\n  at line 1\n",
    "<html>&amp; 東京</html>",
]
IMAGE = {"type": "image"}


def text(value):
    return {"type": "text", "text": value}


class Conversations:
    """Makes conversations that differ in all that templates look at."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ids = itertools.count(1)

    def pick(self, values):
        return self.random.choice(values)

    def question(self, pictures):
        if not pictures:
            return {"role": "user", "content": self.pick(QUESTIONS)}
        parts = self.pick(
            [
                [IMAGE, text(self.pick(QUESTIONS))],
                [text(self.pick(QUESTIONS)), IMAGE, IMAGE],
                [text("Compare "), IMAGE, text(" with "), IMAGE, text(". " + self.pick(QUESTIONS))],
                [IMAGE],
            ]
        )
        return {"role": "user", "content": parts}

    def answer(self, thinks, calls=0):
        message = {"role": "assistant", "content": self.pick(ANSWERS)}
        if thinks:
            message["reasoning"] = self.pick(THOUGHTS)
        if calls:
            message["toolCalls"] = [
                {"id": f"call_{next(self.ids)}", "name": name, "arguments": arguments}
                for name, arguments in (self.pick(CALLS) for _ in range(calls))
            ]
        return message

    def results(self, message):
        return [
            {"role": "tool", "content": self.pick(RESULTS), "toolCallId": call["id"]}
            for call in message["toolCalls"]
        ]

    def turn(self, pictures, tools, thinks):
        messages = [self.question(pictures and self.random.random() < 0.6)]
        for _ in range(self.random.randrange(3) if tools else 0):
            asked = self.answer(thinks, calls=self.pick([1, 1, 2, 3]))
            messages += [asked, *self.results(asked)]
        return messages

    def one(self, pictures, tools, thinks):
        """A conversation that ends where the model is to answer."""
        system = self.pick(SYSTEMS)
        messages = [{"role": "system", "content": system}] if system is not None else []
        for _ in range(self.random.randrange(3)):
            messages += [*self.turn(pictures, tools, thinks), self.answer(thinks)]
        messages += self.turn(pictures, tools, thinks)
        if self.random.random() < 0.1:
            messages.insert(1, {"role": "system", "content": "A second system message."})
        return messages


def cases():
    conversations = Conversations(seed=6)
    settings = itertools.product([False, True], TOOL_SETS, [False, True], [None, True, False])
    for pictures, tools, thinks, enable in settings:
        for _ in range(2):
            case = {"templates": VISION if pictures else TEXT + VISION}
            case["messages"] = conversations.one(pictures, tools, thinks)
            if tools:
                case["tools"] = tools
            if enable is not None:
                case["thinking"] = enable
            if pictures and conversations.random.random() < 0.3:
                case["variables"] = {"add_vision_id": True}
            yield case
    # The answer goes on where the last message ends.
    for thinks in [False, True]:
        messages = conversations.one(False, None, thinks)
        reply = {"role": "assistant", "content": "The first three primes are 2, 3"}
        if thinks:
            reply["reasoning"] = "Primes have two divisors."
        yield {"templates": TEXT + VISION, "messages": [*messages, reply], "continueLast": True}


def environment():
    """As transformers' `_compile_jinja_template` sets it up."""

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        # Jinja2's own filter escapes HTML.
        return json.dumps(
            value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
        )

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    env.filters["tojson"] = tojson
    return env


def reference_message(message):
    """In the shape of the OpenAI API, with the arguments of calls as values, as servers hand them to templates."""
    shaped = {"role": message["role"], "content": message["content"]}
    if "reasoning" in message:
        shaped["reasoning_content"] = message["reasoning"]
    if "toolCalls" in message:
        shaped["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.loads(call["arguments"])},
            }
            for call in message["toolCalls"]
        ]
    if "toolCallId" in message:
        shaped["tool_call_id"] = message["toolCallId"]
    return shaped


def render(template, case):
    goes_on = case.get("continueLast", False)
    variables = dict(case.get("variables", {}))
    if "thinking" in case:
        variables["enable_thinking"] = case["thinking"]
    rendered = template.render(
        messages=[reference_message(message) for message in case["messages"]],
        tools=[{"type": "function", "function": tool} for tool in case["tools"]] if "tools" in case else None,
        add_generation_prompt=not goes_on,
        bos_token=None,
        eos_token="<|im_end|>",
        **variables,
    )
    if goes_on:
        final = case["messages"][-1]["content"]
        rendered = rendered[: rendered.rindex(final) + len(final)]
    return rendered


def main():
    env = environment()
    compiled = {name: env.from_string((FOLDER / f"{name}.jinja").read_text()) for name in TEXT + VISION}
    rendered = []
    for case in cases():
        names = case.pop("templates")
        rendered.append({**case, "prompts": {name: render(compiled[name], case) for name in names}})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in rendered)
    (FOLDER / "rendered.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(rendered)} conversations, {sum(len(case['prompts']) for case in rendered)} prompts")


if __name__ == "__main__":
    main()
