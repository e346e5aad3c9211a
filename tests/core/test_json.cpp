// JSON as others would read and write it: texts are compared with what RFC 8259 and the escapes of
// Python's json module say, not with what we wrote ourselves.
#include <sonant/core/json.h>

#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/text.h"

using namespace sonant;

namespace {

std::string error_of(std::string_view text) {
  return test::refusal<JsonError>([&] { Json::parse(text); });
}

}  // namespace

TEST_CASE("JSON is written in order, compact or indented", "[core]") {
  const Json json{{"b", 1}, {"a", {1.5, true, nullptr, "x"}}, {"empty", Json::array()}};
  CHECK(json.dump() == R"({"b":1,"a":[1.5,true,null,"x"],"empty":[]})");
  CHECK(json.dump(1) ==
        "{\n \"b\": 1,\n \"a\": [\n  1.5,\n  true,\n  null,\n  \"x\"\n ],\n \"empty\": []\n}");
  CHECK(Json::object().dump(2) == "{}");
}

TEST_CASE("JSON: numbers read back as they were, and what is not finite is null", "[core]") {
  for (const double value : {0.1, 1e-300, -1.0 / 3, 5e-324, 1e22, -0.0})
    CHECK(Json::parse(Json(value).dump()).get<double>() == value);
  CHECK(Json(0.1f).get<float>() == 0.1f);
  CHECK(Json(std::nan("")).dump() == "null");
  CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
  const auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(Json(most).dump() == "18446744073709551615");
  CHECK(Json::parse("18446744073709551615").get<std::uint64_t>() == most);
  CHECK_THROWS_AS(Json::parse("18446744073709551615").get<std::int64_t>(), JsonError);
  CHECK_THROWS_AS(Json(-1).get<unsigned>(), JsonError);
  CHECK_THROWS_AS(Json(300).get<std::int8_t>(), JsonError);
  CHECK_THROWS_AS(Json(1.5).get<int>(), JsonError);
  CHECK(Json(1) == Json(1.0));
  CHECK(Json(1) == Json(1u));
  CHECK_FALSE(Json(-1) == Json(most));
}

TEST_CASE("JSON: texts are escaped, and bytes that are not UTF-8 do not get through", "[core]") {
  CHECK(Json("a\"\\\n\x1b").dump() == R"("a\"\\\n\u001b")");
  // Of the other controls a terminal would make something, too.
  const std::string controls =
      "\x7f\xC2\x9B"
      "31m\xE2\x80\xAE\xE2\x80\xA8\\u007f";
  CHECK(Json(controls).dump() == R"("\u007f\u009b31m\u202e\u2028\\u007f")");
  CHECK(Json::parse(Json(controls).dump()).get<std::string>() == controls);
  CHECK(Json("\xff z").dump() == R"("\\xff z")");
  CHECK(Json::parse(R"("\u00e4\ud83d\ude00")").get<std::string>() == "\xC3\xA4\xF0\x9F\x98\x80");
}

TEST_CASE("JSON: what is asked for and not there is said", "[core]") {
  Json json = Json::parse(R"({"a": [1, 2], "n": null})");
  CHECK(json.at("a").get<std::vector<int>>() == std::vector<int>{1, 2});
  CHECK(json.at("n").is_null());
  CHECK_THROWS_WITH(json.at("b"), "the key 'b' is missing");
  CHECK_THROWS_WITH(json.at("a").at("x"), ContainsSubstring("'x', got [1,2]"));
  CHECK_THROWS_WITH(json.at("a").at(2), ContainsSubstring("more than 2"));
  CHECK_THROWS_WITH(json.at("a").get<std::string>(), "expects a text, got [1,2]");
  CHECK_THROWS_AS(json.at("n").get<double>(), JsonError);
  json["a"] = 3;
  json["c"]["d"] = "new";
  json.erase("n");
  CHECK(json.dump() == R"({"a":3,"c":{"d":"new"}})");
}

TEST_CASE("JSON: what is no JSON is refused, and costs neither stack nor time", "[core]") {
  CHECK_THAT(error_of("{\"a\": }"), ContainsSubstring("not valid JSON at byte"));
  for (const char* text :
       {"", "{", "[1,]", "nul", "1 2", "\"\xff\"", "\"\x01\"", "{\"a\":1,}", "NaN"})
    CHECK(error_of(text) != "");
  CHECK(error_of(R"({"a":1,"a":2})") == "the key 'a' comes twice");
  CHECK_THAT(error_of(std::string(1'000'000, '[')), ContainsSubstring("too deeply"));
  CHECK(Json::parse_or_null("{").is_null());
  std::string many = "{";
  for (int i = 0; i < 100'000; ++i) many += "\"" + std::to_string(i) + "\":0,";
  many += "\"end\":0}";
  CHECK(Json::parse(many).size() == 100'001);
}
