#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of bad manners, and of good ones: what lbsim's sockets meet from outside.

peer.py can                                can sockets be had on this machine?
peer.py manners PORT                       malformed HTTP, a line a case: what was sent, what came back
peer.py slow PORT N SECONDS                N connections that send a byte now and then: how many were cut off with 408
peer.py silent PORT SECONDS                a connection that is silent for so long, then asks: the status
peer.py keep PORT N                        N requests on one connection: how often each status came, and how many answers
                                           were for another request than the one that was asked
peer.py crowd PORT N                       N connections at once, a request on each: how often each status came
peer.py owner PORT                         the process that listens there
peer.py hold SECONDS                       listens on a port, and says which
peer.py datagram PORT TEXT                 a datagram: its answer, asked for again if need be
peer.py late PORT N                        N requests whose client leaves before the answer
peer.py line PORT LINE ...                 lines of text: the answers
peer.py forge OVER PORT SECONDS            requests that say they are of a run whose clients are others, with immense work, over http, tcp
                                           or udp, for so long: how many were sent
peer.py sip PORT                           a request whose answer is read slowly: says when it begins, and its bytes when all is read
peer.py web STATUS SECONDS [WORDS]          a web server that takes so long for each request and answers with that status: its port; with
                                           WORDS it says of itself what only lbsim's servers say
peer.py burst PORT N BYTES                 N datagrams at once: how many answers came
"""
import collections
import os
import selectors
import socket
import sys
import time

HOST = "127.0.0.1"


def connect(port, timeout=10.0):
    s = socket.create_connection((HOST, port), timeout=timeout)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


class Reader:
    """Whole HTTP/1.1 answers from a socket; what came after one is kept for the next."""

    def __init__(self, sock):
        self.sock, self.bytes = sock, b""

    def more(self):
        got = self.sock.recv(65536)
        if not got:
            raise EOFError
        self.bytes += got

    def answer(self):
        """(status, {header: value}, body); informational ones are passed over."""
        while True:
            while b"\r\n\r\n" not in self.bytes:
                self.more()
            head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split()[1])
            headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
            if status >= 200:
                break
        length = int(headers.get("content-length", "0"))
        while len(self.bytes) < length:
            self.more()
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        return status, headers, body


def exchange(port, request, timeout=8.0):
    """The status of what comes back, or how the connection ended."""
    try:
        with connect(port, timeout) as s:
            s.sendall(request)
            return str(Reader(s).answer()[0])
    except EOFError:
        return "closed"
    except ConnectionResetError:
        return "reset"
    except BrokenPipeError:
        return "reset"
    except socket.timeout:
        return "silence"


def manners(port):
    end = b"Host: lbsim\r\n\r\n"
    cases = [
        ("good", b"GET /7 HTTP/1.1\r\n" + end),
        ("good: with a body", b"POST /7 HTTP/1.1\r\nContent-Length: 3\r\n" + end + b"abc"),
        ("good: HEAD of its own case", b"GET /7 HTTP/1.1\r\nhOST: lbsim\r\n\r\n"),
        ("big header", b"GET /7 HTTP/1.1\r\nX-Big: " + b"a" * 9000 + b"\r\n" + end),
        ("many headers", b"GET /7 HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(120)) + end),
        ("long path", b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + end),
        ("unknown method", b"FROB /7 HTTP/1.1\r\n" + end),
        ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage\r\n\r\n"),
        ("NUL in a header", b"GET /7 HTTP/1.1\r\nX-A: a\0b\r\n" + end),
        ("NUL in the path", b"GET /7\0 HTTP/1.1\r\n" + end),
        ("bare LF", b"GET /7 HTTP/1.1\nHost: lbsim\n\n"),
        ("folded header", b"GET /7 HTTP/1.1\r\nX-A: a\r\n b\r\n" + end),
        ("space before a colon", b"GET /7 HTTP/1.1\r\nContent-Length : 3\r\n" + end + b"abc"),
        ("two lengths", b"POST /7 HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n" + end + b"abcd"),
        ("length and chunks", b"POST /7 HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" + end + b"0\r\n\r\n"),
        ("negative length", b"POST /7 HTTP/1.1\r\nContent-Length: -3\r\n" + end),
        ("length that is no number", b"POST /7 HTTP/1.1\r\nContent-Length: 3x\r\n" + end + b"abc"),
        ("immense length", b"POST /7 HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n" + end),
        ("too long a body", b"POST /7 HTTP/1.1\r\nContent-Length: 2000000\r\n" + end),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ]
    for name, request in cases:
        print(f"{name}: {exchange(port, request)}", flush=True)


def slow(port, n, seconds):
    socks = [connect(port) for _ in range(n)]
    start, cut = time.monotonic(), 0
    for s in socks:
        s.sendall(b"GET /7 HTTP/1.1\r\nX-Slow: ")
        s.setblocking(False)
    open_ones = set(socks)
    got = collections.defaultdict(bytes)
    while open_ones and time.monotonic() - start < seconds:
        time.sleep(0.25)
        for s in list(open_ones):
            try:
                more = s.recv(4096)
                if not more:
                    open_ones.discard(s)
                got[s] += more
            except BlockingIOError:
                try:
                    s.send(b"a")
                except OSError:
                    pass
            except OSError:
                open_ones.discard(s)
    cut = sum(b" 408 " in got[s] for s in socks)
    print(f"{cut} of {n} cut off")


def silent(port, seconds):
    with connect(port) as s:
        time.sleep(seconds)
        s.sendall(b"GET /7 HTTP/1.1\r\nHost: lbsim\r\n\r\n")
        print(Reader(s).answer()[0])


def keep(port, n):
    """Ids go out and must come back: after a failure nothing of the old request may be left."""
    statuses, wrong, sock, reader = collections.Counter(), 0, None, None
    for i in range(n):
        if not sock:
            sock = connect(port)
            reader = Reader(sock)
        sock.sendall(b"GET /%d HTTP/1.1\r\nHost: lbsim\r\nX-Lbsim: id=%d client=0 work=1000000\r\n\r\n" % (i, i))
        try:
            status, headers, _ = reader.answer()
        except (EOFError, ConnectionResetError):
            statuses["closed"] += 1
            sock.close()
            sock = None
            continue
        statuses[str(status)] += 1
        fields = dict(f.split("=", 1) for f in headers.get("x-lbsim", "").split() if "=" in f)
        wrong += fields.get("id", "0") != str(i) or reader.bytes != b""
        if headers.get("connection", "").lower() == "close":
            sock.close()
            sock = None
    print(" ".join(f"{k}:{statuses[k]}" for k in sorted(statuses)), f"strays:{wrong}")


def crowd(port, n):
    """All ask before any has its answer; who has it leaves, and makes room."""
    statuses = collections.Counter()
    with selectors.DefaultSelector() as waiting:
        for i in range(n):
            s = connect(port)
            s.sendall(b"GET /%d HTTP/1.1\r\nHost: lbsim\r\n\r\n" % i)
            waiting.register(s, selectors.EVENT_READ)
        end = time.monotonic() + 20
        while waiting.get_map() and time.monotonic() < end:
            for key, _ in waiting.select(1.0):
                try:
                    statuses[str(Reader(key.fileobj).answer()[0])] += 1
                except (EOFError, ConnectionResetError):
                    statuses["closed"] += 1
                waiting.unregister(key.fileobj)
                key.fileobj.close()
        if waiting.get_map():
            statuses["silence"] = len(waiting.get_map())
    print(" ".join(f"{k}:{statuses[k]}" for k in sorted(statuses)))


def owner(port):
    """By the inode of the listening socket."""
    inodes = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in list(table)[1:]:
            f = row.split()
            if f[3] == "0A" and int(f[1].split(":")[1], 16) == port:
                inodes.add(f"socket:[{f[9]}]")
    for pid in (p for p in os.listdir("/proc") if p.isdigit()):
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") in inodes:
                    print(pid)
                    return
        except OSError:
            pass


def hold(seconds):
    with socket.socket() as s:
        s.bind((HOST, 0))
        s.listen(1)
        print(s.getsockname()[1], flush=True)
        time.sleep(seconds)


def late(port, n):
    for i in range(n):
        with connect(port) as s:
            s.sendall(b"GET /%d HTTP/1.1\r\nHost: lbsim\r\n\r\n" % i)
    print("left")


def line(port, words):
    with connect(port) as s:
        file = s.makefile("rw", newline="\n")
        for word in words:
            file.write(word + "\n")
            file.flush()
            print(file.readline().rstrip("\n"), flush=True)


def forged(over, i):
    """Requests of a plan, beyond all plans, and checks: one a number."""
    big = (i, i, 3000000000 + i, 18446744073709551615 - i)[i % 4]
    fields = f"id={big} part=0 client=0 balancer=0 work=1000000000000000000 size=1000000000000000000 cost=1000000000000000000"
    if i % 16 == 7:
        fields = "id=0"
    if over == "http":
        path = "/health" if i % 16 == 7 else "/1"
        return f"GET {path} HTTP/1.1\r\nHost: lbsim\r\nX-Lbsim: {fields}\r\n\r\n".encode()
    return f"{'check' if i % 16 == 7 else 'request'} {fields}\n".encode()


def forge(over, port, seconds):
    """One after the other and none given up; while nobody listens yet it tries again, and it ends when nobody does any more."""
    held, sent, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if over == "udp":
                s = held[0] if held else socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.connect((HOST, port))
                s.send(forged(over, sent))
            else:
                s = connect(port, 1.0)
                s.sendall(forged(over, sent))
            held.append(s)
            sent += 1
        except OSError:
            pass
        time.sleep(0.01)
        if len(held) > 200:
            held.pop(0)
    print(sent, flush=True)


def sip(port):
    """With as little room for the answer on its way as the kernel gives."""
    with socket.socket() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.settimeout(10.0)
        s.connect((HOST, port))
        s.sendall(b"GET /1 HTTP/1.1\r\nHost: lbsim\r\n\r\n")
        reader = Reader(s)
        reader.more()
        print("begun", flush=True)
        time.sleep(1)
        print(len(reader.answer()[2]), flush=True)


def web(status, seconds, words=None):
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            time.sleep(seconds)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if words:
                fields = dict(f.split("=", 1) for f in self.headers.get("X-Lbsim", "").split())
                self.send_header("X-Lbsim", f"id={fields.get('id', '0')} part={fields.get('part', '0')} {words}")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer((HOST, 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def burst(port, n, size):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((HOST, port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        for i in range(n):
            try:
                s.send((b"hello %d " % i).ljust(size, b"x"))
            except OSError:
                pass
        s.settimeout(1.0)
        got = 0
        try:
            while True:
                s.recv(65536)
                got += 1
        except (socket.timeout, ConnectionRefusedError):
            pass
        print(f"sent {n} answered {got}")


def datagram(port, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((HOST, port))
        s.settimeout(2.0)
        for _ in range(5):
            s.send(text.encode())
            try:
                print(s.recv(65536).decode().rstrip("\n"))
                return
            except socket.timeout:
                pass


def can():
    try:
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen(1)
            with connect(listener.getsockname()[1], 2.0):
                pass
    except OSError as why:
        print(why)
        return 1
    return 0


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "can":
        return can()
    if what == "line":
        line(int(rest[0]), rest[1:])
        return 0
    if what == "datagram":
        datagram(int(rest[0]), rest[1])
        return 0
    if what == "forge":
        forge(rest[0], int(rest[1]), float(rest[2]))
        return 0
    if what == "hold":
        hold(float(rest[0]))
        return 0
    if what == "web":
        web(int(rest[0]), float(rest[1]), *rest[2:])
        return 0
    table = {"manners": manners, "slow": slow, "silent": silent, "keep": keep, "crowd": crowd, "owner": owner, "late": late, "sip": sip, "burst": burst}
    table[what](*[float(x) if "." in x else int(x) for x in rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
