#include <asyncio/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

#include <demos/download/url.hpp>

using demos::url;

BOOST_AUTO_TEST_SUITE(url_test)

BOOST_AUTO_TEST_CASE(an_address_is_taken_apart) {
  const url secure("HTTPS://Example.org:8443/a%20b/?q=1&r#part");
  BOOST_TEST(secure.is_https());
  BOOST_TEST(secure.host() == "Example.org");
  BOOST_TEST(secure.port() == 8443);
  BOOST_TEST(secure.authority() == "Example.org:8443");
  BOOST_TEST(secure.origin() == "https://Example.org:8443");
  BOOST_TEST(secure.target() == "/a%20b/?q=1&r");
  BOOST_TEST(secure.text() == "HTTPS://Example.org:8443/a%20b/?q=1&r#part");
}

BOOST_AUTO_TEST_CASE(what_goes_without_saying_is_filled_in) {
  BOOST_TEST(url("http://a").target() == "/");
  BOOST_TEST(url("http://a?q").target() == "/?q");
  BOOST_TEST(url("http://a").port() == 80);
  BOOST_TEST(url("https://a").port() == 443);
  BOOST_TEST(url("http://a:/").port() == 80);
  BOOST_TEST(url("http://a:80/").origin() == url("http://a").origin());
  BOOST_TEST(url("http://a:443/").origin() != url("https://a").origin());
}

BOOST_AUTO_TEST_CASE(a_number_in_brackets_is_a_host) {
  const url six("http://[::1]:8080/");
  BOOST_TEST(six.host() == "::1");
  BOOST_TEST(six.authority() == "[::1]:8080");
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
  for (const std::string text : {"",
                                 "a",
                                 "/a",
                                 "//a/b",
                                 "http:",
                                 "http://",
                                 "http:///b",
                                 "ftp://a",
                                 "mailto:a@b",
                                 "http://a:0",
                                 "http://a:65536",
                                 "http://a:-1",
                                 "http://a:b",
                                 "http://a:b/c",
                                 "http://a/ b",
                                 " http://a",
                                 "http://a\r\nX: y",
                                 "http://a%0d%0a/",
                                 "http://a/%",
                                 "http://u@a",
                                 "http://u:p@a",
                                 "http://[::1",
                                 "http://[v1.a]/",
                                 "http://\xc3\xa4/"}) {
    BOOST_CHECK_THROW(url{text}, asyncio::invalid_argument_error);
  }
}

BOOST_AUTO_TEST_CASE(a_reference_leads_somewhere_from_here) {
  const url here("http://a:81/b/c?d");
  BOOST_TEST(here.resolve("e").text() == "http://a:81/b/e");
  BOOST_TEST(here.resolve("/e?f").text() == "http://a:81/e?f");
  BOOST_TEST(here.resolve("../../../e").text() == "http://a:81/e");
  BOOST_TEST(here.resolve("/..").target() == "/");
  BOOST_TEST(here.resolve("../../../").target() == "/");
  BOOST_TEST(here.resolve("./x/../e").text() == "http://a:81/b/e");
  BOOST_TEST(here.resolve("?e").text() == "http://a:81/b/c?e");
  BOOST_TEST(here.resolve("//e/f").text() == "http://e/f");
  BOOST_TEST(here.resolve("https://e").text() == "https://e");
  BOOST_CHECK_THROW(static_cast<void>(here.resolve("file:///etc/passwd")), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(static_cast<void>(here.resolve("http://")), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(static_cast<void>(here.resolve("http://a b/")), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(what_a_reference_may_not_have_is_escaped) {
  const url here("http://a/");
  BOOST_TEST(here.resolve(" b c").target() == "/%20b%20c");
  BOOST_TEST(here.resolve("/\xc3\xa4?\xff").target() == "/%C3%A4?%FF");
  BOOST_TEST(here.resolve("/a|b[1]?c[]=\\").target() == "/a%7Cb%5B1%5D?c%5B%5D=%5C");
  BOOST_TEST(here.resolve("/%C3%A4%zz%2").target() == "/%C3%A4%25zz%252");
  BOOST_TEST(here.resolve("/b#c d#e").text() == "http://a/b");
  BOOST_TEST(here.resolve("#b").text() == "http://a/");
  BOOST_TEST(here.resolve("http://[::1]:81/[").text() == "http://[::1]:81/%5B");
  BOOST_TEST(here.resolve("//[::1]?[").text() == "http://[::1]?%5B");
  BOOST_TEST(here.resolve("/b//[").text() == "http://a/b//%5B");
  BOOST_CHECK_THROW(static_cast<void>(here.resolve("http://\xc3\xa4/")), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_SUITE_END()
