"""A window of Qt with a page in it, for a Python that has its engine: `qt_window.py webkit` or
`webengine`. Takes lines of JSON, answers each with one: [what, argument, …]."""

import json
import os
import sys

from PyQt5.QtCore import QEvent, QPoint, QSocketNotifier, Qt, QUrl
from PyQt5.QtGui import QKeyEvent, QMouseEvent
from PyQt5.QtWidgets import QApplication

KIND = sys.argv[1]

if KIND == "webkit":
    from PyQt5.QtWebKitWidgets import QWebView as View
else:
    from PyQt5.QtWebEngineWidgets import QWebEngineView as View

app = QApplication([sys.argv[0], "--no-sandbox", "--disable-gpu"])
view = View()
view.resize(360, 640)
view.load(QUrl("about:blank"))
view.show()


def run(script):
    return view.page().mainFrame().evaluateJavaScript(script)


def click(x, y):
    for kind, buttons in (
        (QEvent.MouseMove, Qt.NoButton),
        (QEvent.MouseButtonPress, Qt.LeftButton),
        (QEvent.MouseButtonRelease, Qt.NoButton),
    ):
        event = QMouseEvent(kind, QPoint(int(x), int(y)), Qt.LeftButton, buttons, Qt.NoModifier)
        app.sendEvent(view, event)


def type_text(text):
    for letter in text:
        for kind in (QEvent.KeyPress, QEvent.KeyRelease):
            app.sendEvent(view, QKeyEvent(kind, 0, Qt.NoModifier, letter))


def go(address):
    view.load(QUrl(address))


def grab(file):
    return view.grab().save(file)


WHAT = {
    "start": lambda: "ready",
    "run": run,
    "click": click,
    "type": type_text,
    "resize": view.resize,
    "go": go,
    "grab": grab,
}

said = bytearray()


def take():
    read = os.read(0, 1 << 20)
    if not read:
        app.quit()
        return
    said.extend(read)
    while b"\n" in said:
        line, _, rest = bytes(said).partition(b"\n")
        said[:] = rest
        what, *arguments = json.loads(line.decode())
        answer = WHAT[what](*arguments)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


notifier = QSocketNotifier(0, QSocketNotifier.Read)
notifier.activated.connect(lambda *_: take())
sys.exit(app.exec_())
