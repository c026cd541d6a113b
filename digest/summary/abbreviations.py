"""Abbreviate what every reader of papers abbreviates, where the abstract does so too."""

import re
from collections.abc import Container

_KNOWN = {
    "multimodal large language models": "MLLMs",
    "multimodal large language model": "MLLM",
    "large vision-language models": "LVLMs",
    "large multimodal models": "LMMs",
    "large reasoning models": "LRMs",
    "large language models": "LLMs",
    "large language model": "LLM",
    "small language models": "SLMs",
    "vision-language-action": "VLA",
    "vision-language models": "VLMs",
    "vision-language model": "VLM",
    "vision language models": "VLMs",
    "vision language model": "VLM",
    "diffusion transformers": "DiTs",
    "reinforcement learning": "RL",
    "retrieval-augmented generation": "RAG",
    "retrieval augmented generation": "RAG",
    "mixture-of-experts": "MoE",
    "mixture of experts": "MoE",
    "chain-of-thought": "CoT",
    "supervised fine-tuning": "SFT",
    "parameter-efficient fine-tuning": "PEFT",
    "natural language processing": "NLP",
    "automatic speech recognition": "ASR",
    "text-to-speech": "TTS",
    "text-to-image": "T2I",
    "text-to-video": "T2V",
    "visual question answering": "VQA",
    "question answering": "QA",
    "sparse autoencoders": "SAEs",
}
# Not in "language and vision-language models", which share a noun, nor where it is explained.
_FOUND = re.compile(
    rf"(?<![\w-])(?<!and )(?<!or )(?:{'|'.join(_KNOWN)})(?![\w-]|\s\()", re.IGNORECASE
)
_WORDS = re.compile(r"(?<![\w-])[A-Za-z]\w{1,4}(?!\w)")


def abbreviated(text: str, abstract: str) -> str:
    """Return the text with "LLMs" for "large language models" if the abstract has that word."""
    return _abbreviated(text, set(_WORDS.findall(abstract))) if _FOUND.search(text) else text


def _abbreviated(text: str, used: Container[str]) -> str:
    def short(found: re.Match[str]) -> str:
        abbreviation = _KNOWN[found[0].lower()]
        return abbreviation if abbreviation in used else found[0]

    return _FOUND.sub(short, text)
