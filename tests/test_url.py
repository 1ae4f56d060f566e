"""URLs: what goes on the wire, and the keys made from it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben import url
from tuoben.errors import BadUrl

ODD = st.text(alphabet=string.ascii_letters + string.digits + "%/?#&=:@[]|\\.~+;! \t新闻\ud800é", max_size=60)
HOSTS = st.sampled_from(
    ["example.com", "EXAMPLE.com.", "例え.jp", "[::1]", "127.0.0.1", "a.b.c.com.cn", "x:8080", "x:80"]
)
URLS = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "HTTP"]), HOSTS, ODD)


@given(URLS | ODD)
def test_resolving_a_result_against_itself_changes_nothing(text: str):
    """resolve(u, u) == u, and fetchable(u) == u, for every u that resolve gave."""
    once = url.resolve("https://base.test/dir/page?x=1", text)
    if once is not None:
        assert url.resolve(once, once) == once
        assert url.fetchable(once) == once
        assert "#" not in once and once.startswith(("http://", "https://"))


@given(URLS | ODD)
def test_a_canonical_url_is_its_own(text: str):
    """canonical is idempotent, and keeps what is not a URL."""
    key = url.canonical(text)
    assert url.canonical(key) == key


@given(URLS)
def test_the_parts_are_those_that_the_parser_sees(text: str):
    """Parts cut from the serialised URL are equal to the ones ada reports."""
    parsed = url.parse(text)
    if parsed is None:
        return
    ada = url.ada_url.URL(parsed.href)
    assert (parsed.scheme, parsed.host, parsed.hostname) == (ada.protocol[:-1], ada.host, ada.hostname)
    assert (parsed.path, parsed.query, parsed.fragment) == (ada.pathname, ada.search[1:], ada.hash[1:])
    assert parsed.origin == ada.origin
    assert parsed.port == int(ada.port or url.WEB_PORTS[parsed.scheme])
    assert parsed.credentials == bool(ada.username or ada.password)


@given(URLS)
def test_scheme_and_fragment_are_no_part_of_identity(text: str):
    """http and https twins with any plain fragment share one key."""
    resolved = url.resolve("", text)
    if resolved and ":" not in url.authority(resolved).removeprefix("[::1]"):
        rest = resolved.partition("://")[2]
        assert url.canonical(f"http://{rest}") == url.canonical(f"https://{rest}#part")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("http://example.com:80/a?utm_source=x&id=3&UTM_Medium=y", "https://example.com/a?id=3"),
        ("https://example.com/a?from=timeline&isappinstalled=0", "https://example.com/a"),
        ("https://example.com/a?from=2024&b=1&a=2", "https://example.com/a?from=2024&b=1&a=2"),
        ("https://example.com/index.html", "https://example.com/index.html"),
        ("https://example.com/a?", "https://example.com/a"),
        ("https://example.com/#!/a/1", "https://example.com/#!/a/1"),
        ("https://example.com/%7euser/%e6%96%b0", "https://example.com/~user/%E6%96%B0"),
        ("https://www.example.com./", "https://www.example.com/"),
        ("https://user:secret@example.com/", "https://example.com/"),
        ("https://m.example.com/", "https://m.example.com/"),
        ("http://example.com:8080/a", "https://example.com:8080/a"),
        ("mailto:someone", "mailto:someone"),
    ],
)
def test_canonical_drops_what_is_not_identity(given: str, key: str):
    """Tracking, default port, fragment and scheme go; all that may choose the content stays."""
    assert url.canonical(given) == key


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("../x?", "https://a.test/x?"),
        ("//b.test//c", "https://b.test//c"),
        ("新 闻.html#top", "https://a.test/dir/%E6%96%B0%20%E9%97%BB.html"),
        ("http:\\\\b.test\\c", "http://b.test/c"),
        ("https://user@b.test/", "https://b.test/"),
        ("?q=a+b|c", "https://a.test/dir/page?q=a+b|c"),
        ("/%7E~", "https://a.test/%7E~"),
        (" \n/x\t", "https://a.test/x"),
        ("", "https://a.test/dir/page"),
        ("javascript:alert(1)", None),
        ("data:,x", None),
        ("mailto:x@y.test", None),
        ("http://", None),
        ("http://exa mple.test/", None),
        ("/" + "x" * 9000, None),
    ],
)
def test_references_resolve_as_in_a_browser(reference: str, target: str | None):
    """A reference on a page leads where a browser would go, or nowhere."""
    assert url.resolve("https://a.test/dir/page", reference) == target


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("example.com", "whole"),
        ("ftp://example.com/", "ftp:"),
        ("file:///etc/passwd", "file:"),
        ("https://me:pw@example.com/", "password"),
        ("https://example.com/" + "x" * 9000, "longer"),
    ],
)
def test_what_cannot_be_fetched_is_named_in_a_sentence(text: str, told: str):
    """fetchable says in plain words why a text is not a URL to fetch, and never repeats a password."""
    with pytest.raises(BadUrl) as caught:
        url.fetchable(text)
    assert told in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("http://News.Test/a", "news.test"),
        ("https://news.test:443/", "news.test"),
        ("https://news.test:8443/", "news.test:8443"),
        ("http://news.test./", "news.test"),
        ("http://例え.jp/", "xn--r8jz45g.jp"),
        ("http://[::1]:81/", "[::1]:81"),
        ("nothing", ""),
    ],
)
def test_the_politeness_key_names_the_server(text: str, key: str):
    """authority is the host, with the port when it is not the default."""
    assert url.authority(text) == key


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("news.example.com", "example.com"),
        ("a.b.example.com.cn", "example.com.cn"),
        ("www.changchun.jl.cn", "changchun.jl.cn"),
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("example.com.cn", "example.com.cn"),
        ("com.cn", "com.cn"),
        ("localhost", "localhost"),
        ("192.168.1.1:80", "192.168.1.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("www.t.co", "t.co"),
    ],
)
def test_registrable_names_tell_publishers_apart(host: str, name: str):
    """The registrable name is what somebody registered, second-level suffixes known."""
    assert url.registrable(host) == name


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("http://www.example.com:80/Path/?b=2&a=1", "com,example)/path?a=1&b=2"),
        ("https://example.com/", "com,example)/"),
        ("https://example.com:8443/a", "com,example:8443)/a"),
        ("http://127.0.0.1/a", "127.0.0.1)/a"),
        ("http://www2.news.example.com.cn/x#f", "cn,com,example,news)/x"),
    ],
)
def test_surt_keys_sort_by_host_from_the_right(text: str, key: str):
    """surt gives the key that CDXJ readers look up."""
    assert url.surt(text) == key
