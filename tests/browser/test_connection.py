"""Lost connections, several tabs, slow tabs, and foreign pages."""

from __future__ import annotations

from browser.screen import Screen, playing

from deltarule.cli.browser import BrowserPage

# The page's own sockets, so that a test can cut them; and its acknowledgements, to be held back.
WATCHED = """
window.sockets = [];
window.held = false;
window.frames = 0;
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
    constructor(...given) {
        super(...given);
        window.sockets.push(this);
        this.addEventListener("message", ({data}) => {
            if (typeof data !== "string") window.frames += 1;
        });
    }
    send(data) {
        const message = typeof data === "string" ? JSON.parse(data) : {};
        window.client = message.client ?? window.client;
        if (window.held && message.type === "ack") return;
        super.send(data);
    }
};
"""


def test_a_lost_connection_is_reported_and_restored(tab):
    screen = tab(script=WATCHED)
    screen.train(40)
    epoch = screen.epoch
    screen.page.evaluate("window.sockets.at(-1).close()")
    screen.until(lambda: screen.page.evaluate("window.sockets.length") >= 2)
    screen.until(lambda: screen.find("connection-lost").count() == 0)
    assert screen.epoch == epoch
    screen.click("epoch")
    screen.until(lambda: screen.epoch == epoch + 1)


def test_a_stopped_server_is_reported(tab):
    with playing() as address:
        screen = tab(at=address)
    screen.find("connection-lost").wait_for()
    screen.errors.clear()  # the browser's own, about what it could not reach
    screen.page.wait_for_timeout(100)
    screen.page.close()
    screen.errors.clear()


def test_two_tabs_are_two_experiments(tab):
    one, two = tab("data=xor"), tab("data=moons")
    one.train(30)
    assert two.epoch == 0
    two.click("epoch")
    two.until(lambda: two.epoch == 1)
    assert one.find("toy-xor").is_checked()
    assert two.find("toy-moons").is_checked()


def test_a_hidden_tab_gets_two_frames_and_then_the_newest(tab):
    screen = tab(script=WATCHED)
    screen.fast()
    screen.page.evaluate("window.held = true; window.frames = 0")
    screen.click("play")
    screen.page.wait_for_timeout(1500)
    assert screen.page.evaluate("window.frames") <= 2
    held = screen.epoch
    # The page says at last that it painted: the next frame is the newest, nothing was kept for it.
    screen.page.evaluate(
        """() => {
            window.held = false;
            const root = document.querySelector(".deltarule-playground");
            const sequence = +root.dataset.sequence;
            const message = {type: "ack", sequence, client: window.client};
            window.sockets.at(-1).send(JSON.stringify(message));
        }"""
    )
    screen.until(lambda: screen.epoch > 10 * max(held, 1))
    screen.pause()


def test_a_slow_tab_does_not_slow_the_other(tab):
    slow, quick = tab(), tab()
    session = slow.page.context.new_cdp_session(slow.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 12})
    for screen in (slow, quick):
        screen.click("play")
    sequence = "+document.querySelector('.deltarule-playground').dataset.sequence"
    before = [screen.page.evaluate(sequence) for screen in (slow, quick)]
    quick.page.wait_for_timeout(3000)
    after = [screen.page.evaluate(sequence) for screen in (slow, quick)]
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert after[1] - before[1] > after[0] - before[0] > 0
    for screen in (slow, quick):  # both are as far as their networks: nothing waited in line
        screen.pause()
    assert abs(slow.epoch - quick.epoch) < 0.5 * max(slow.epoch, quick.epoch)


def test_the_redirect_file_leads_to_the_page_without_the_key(
    chromium, address, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    leading = BrowserPage(address)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(leading.file.as_uri())
    Screen(page, address).find("playground").wait_for()
    leading.remove()
    token = address.rsplit("/", 2)[1]
    assert token not in page.url
    assert not page.evaluate(f"document.cookie || document.referrer.includes('{token}')")
    page.reload()
    Screen(page, address).find("playground").wait_for()
    assert page.evaluate("history.length") <= 2
    context.close()


def test_a_page_of_another_origin_gets_nothing(tab, chromium, address):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    address = page.url.partition("#")[0]  # with the path of the page, and the cookie is there
    page.goto("data:text/html,<title>elsewhere</title>")
    outcome = page.evaluate(
        """async address => {
            const socket = new WebSocket(address.replace("http", "ws") + "socket");
            const opened = await new Promise(done => {
                socket.onopen = () => done(true);
                socket.onerror = socket.onclose = () => done(false);
            });
            const read = await fetch(address, {credentials: "include"}).then(() => true, () => false);
            const frame = document.createElement("iframe");
            frame.src = address;
            document.body.append(frame);
            const loaded = await new Promise(done => {
                const script = document.createElement("script");
                script.src = address + "page.js";
                script.onload = () => done(true);
                script.onerror = () => done(false);
                document.body.append(script);
            });
            const other = window.open(address);
            await new Promise(done => setTimeout(done, 500));
            let seen = false;
            try { seen = Boolean(other.document.body); } catch { }
            return [opened, read, loaded, seen, frame.contentDocument !== null];
        }""",
        address,
    )
    context.close()
    assert not any(outcome)


def test_without_the_token_there_is_an_explanation(chromium, address):
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(address.rsplit("/", 2)[0] + "/")
    assert answer.status == 403
    assert "deltarule play" in page.inner_text("body")
    context.close()
