"""A voice for Orca that writes down what it is given instead of sounding it.

Orca asks a module for its `SpeechServer`. This is Orca's own for Speech Dispatcher, so that signs
are put into words just as for a synthesizer, with a client that says each sentence at once and
keeps it as a line of JSON in the file named by ORCA_SAID. Run by Debian's Python, see start.py.
"""

import json
import os
import re

import gi

gi.require_version("Atspi", "2.0")

import speechd  # noqa: E402
from gi.repository import GLib  # noqa: E402
from orca import speechdispatcherfactory  # noqa: E402

MARKS = re.compile(r"<[^>]*>")


class Paper:
    """Stands where the connection to Speech Dispatcher would."""

    def __init__(self):
        self._file = open(os.environ["ORCA_SAID"], "a", encoding="utf-8", buffering=1)  # noqa: SIM115

    def __getattr__(self, name):
        """Rate, pitch, language and the like: nothing sounds."""
        return lambda *values, **more: None

    def _write(self, text):
        self._file.write(json.dumps(text, ensure_ascii=False) + "\n")

    def speak(self, ssml, callback=None, event_types=None):
        text = MARKS.sub("", ssml).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        self._write(text)
        if callback is not None:
            GLib.idle_add(callback, speechd.CallbackType.BEGIN)
            GLib.idle_add(callback, speechd.CallbackType.END)

    def char(self, character):
        self._write(character)

    def list_output_modules(self):
        return ()

    def list_synthesis_voices(self):
        return ()


class SpeechServer(speechdispatcherfactory.SpeechServer):
    """Orca's own, on paper."""

    def _init(self):
        self._client = Paper()

    @staticmethod
    def getSpeechServer(info=None):  # noqa: N802
        return SpeechServer._getSpeechServer(SpeechServer.DEFAULT_SERVER_ID)

    @staticmethod
    def getSpeechServers():  # noqa: N802
        return [SpeechServer.getSpeechServer()]
