#include <sonant/core/settings.h>

#include <sonant/core/any_settings.h>

#include <array>
#include <cmath>
#include <set>

#include <sonant/core/usage.h>

#include "support/catch.h"
#include "support/text.h"

using namespace sonant;

namespace {

enum class Colour { red, dark_blue };
constexpr std::array<std::string_view, 2> words_of(Colour) { return {"red", "dark-blue"}; }

struct Inner {
  double rate = 0.5;
  double step = 1;
  double offset = 0;
  double slope = 1;
};

struct Plain {
  int count = 3;
  std::uint64_t seed = 1;
  double share = 0.25;
  bool loud = false;
  std::string rule = "first";
  std::string title = "none";
  Colour colour = Colour::red;
  Inner inner;
};

std::vector<std::string> rules() { return {"first", "second"}; }

SettingTable settings_of(const Plain&) {
  static constexpr std::array table{
      setting<&Plain::count>("count", "how many").at_least(1),
      setting<&Plain::seed>("seed", "of the numbers").of(Role::job),
      setting<&Plain::share>("share", "of all").at_least(0).below(1).called_formerly("part"),
      setting<&Plain::loud>("loud", "or not").in("Sound"),
      setting<&Plain::rule>("rule", "by which").one_of(rules),
      setting<&Plain::title>("title", "any text"),
      setting<&Plain::colour>("colour", "an enum"),
      retired_setting("smell"),
      setting<&Plain::inner, &Inner::rate>("inner_rate", "of a member's member").between(0, 2),
      setting<&Plain::inner, &Inner::step>("step", "never 0").above(0).at_most(1),
      setting<&Plain::inner, &Inner::offset>("offset", "any number"),
      setting<&Plain::inner, &Inner::slope>("slope", "no end").above(0)};
  return table;
}

std::string refusal(auto change) {
  Plain plain;
  change(plain);
  return test::refusal<UsageError>([&] { check_settings(plain, "plain"); });
}

std::string reading(const char* text) {
  return test::refusal<JsonError>([&] { settings_from<Plain>(Json::parse(text)); });
}

const Setting& row(std::string_view name) { return *ConstSettings(Plain{}).find(name); }

}  // namespace

TEST_CASE("A struct's settings are written and read by their table", "[settings]") {
  Plain plain;
  plain.count = 7, plain.seed = ~std::uint64_t{0}, plain.share = 0.1, plain.loud = true;
  plain.rule = "second", plain.title = "x\ny", plain.colour = Colour::dark_blue;
  plain.inner.rate = 1.5;
  const Json json = to_json(plain);
  CHECK(json.dump() ==
        R"({"count":7,"seed":18446744073709551615,"share":0.1,"loud":true,"rule":"second",)"
        R"("title":"x\ny","colour":"dark-blue","inner_rate":1.5,"step":1.0,"offset":0.0,)"
        R"("slope":1.0})");
  CHECK(to_json(settings_from<Plain>(json)) == json);
}

TEST_CASE("A missing key is the default, a former name is understood, a retired one passed over",
          "[settings]") {
  const auto read = [](const char* text) {
    return to_json(settings_from<Plain>(Json::parse(text)));
  };
  CHECK(read("{}") == to_json(Plain{}));
  CHECK(read(R"({"part": 0.75})").at("share") == 0.75);
  CHECK(read(R"({"smell": [1, 2]})") == to_json(Plain{}));
  CHECK(read(R"({"share": 0})").at("share") == 0.0);  // a whole number is a number, too
}

TEST_CASE("An unknown key and a value of another kind are named", "[settings]") {
  CHECK(test::has(reading(R"({"count": 3, "colur": "red"})"), "\"colur\" is no setting"));
  CHECK(
      test::has(reading(R"({"count": "3"})"), "count expects a whole number from 1 on, got \"3\""));
  CHECK(test::has(reading(R"({"count": 2.5})"), "count expects a whole number"));
  CHECK(test::has(reading(R"({"count": 3000000000})"), "count expects"));
  CHECK(test::has(reading(R"({"loud": 1})"), "loud expects true or false"));
  CHECK(test::has(reading(R"({"share": null})"), "share expects a number from 0 to below 1"));
  CHECK(test::has(reading(R"({"colour": "green"})"), "colour expects one of red, dark-blue"));
  CHECK(test::has(reading(R"({"seed": -1})"), "seed expects a whole number from 0"));
  CHECK_THROWS_AS(settings_from<Plain>(Json::parse("[1]")), JsonError);
}

TEST_CASE("Ranges and words are checked", "[settings]") {
  CHECK(refusal([](Plain&) {}).empty());
  CHECK(refusal([](Plain& p) { p.count = 0; }) == "[plain] expects count >= 1, got 0");
  CHECK(refusal([](Plain& p) { p.share = 1; }) == "[plain] expects share in [0, 1), got 1");
  CHECK(refusal([](Plain& p) { p.share = NAN; }) == "[plain] expects share in [0, 1), got nan");
  CHECK(refusal([](Plain& p) { p.share = -1e-9; }) ==
        "[plain] expects share in [0, 1), got -1e-09");
  CHECK(refusal([](Plain& p) { p.inner.rate = 2.5; }) ==
        "[plain] expects inner_rate in [0, 2], got 2.5");
  CHECK(refusal([](Plain& p) { p.inner.step = 0; }) == "[plain] expects step in (0, 1], got 0");
  CHECK(refusal([](Plain& p) { p.inner.slope = 0; }) == "[plain] expects slope > 0, got 0");
  CHECK(refusal([](Plain& p) { p.inner.slope = HUGE_VAL; }) ==
        "[plain] expects slope > 0, got inf");
  CHECK(refusal([](Plain& p) { p.inner.offset = NAN; }) ==
        "[plain] expects offset to be finite, got nan");
  CHECK(refusal([](Plain& p) { p.inner.offset = -1e300; }).empty());
  CHECK(refusal([](Plain& p) { p.rule = "third"; }) ==
        "[plain] expects rule from first, second, got \"third\"");
  CHECK(refusal([](Plain& p) { p.title = "anything"; }).empty());
}

TEST_CASE("What a person writes becomes a value, and a value what a person reads", "[settings]") {
  CHECK(row("count").parse("12") == 12);
  CHECK(row("count").parse("+12") == 12);
  CHECK(row("count").parse("1.5").is_null());
  CHECK(row("count").parse("").is_null());
  CHECK(row("seed").parse("18446744073709551615") == ~std::uint64_t{0});
  CHECK(row("share").parse("1e-3") == 0.001);
  CHECK(row("share").parse("nan").is_null());
  CHECK(row("loud").parse("true") == true);
  CHECK(row("loud").parse("yes").is_null());
  CHECK(row("colour").parse("green") == "green");
  CHECK_FALSE(row("colour").allows("green"));
  CHECK(row("colour").allows("dark-blue"));
  CHECK(row("step").expected() == "a number above 0 to 1");
  CHECK(row("slope").expected() == "a number above 0");
  CHECK(row("inner_rate").flag() == "--inner-rate");
  CHECK(row("share").shown(0.001) == "0.001");
  CHECK(row("share").shown(2.0) == "2");
  CHECK(row("loud").shown(true) == "true");
}

TEST_CASE("The first difference is named, in the table's order", "[settings]") {
  Plain a, b;
  CHECK(first_difference(a, b).empty());
  b.loud = true, b.share = 0.5;
  CHECK(first_difference(a, b) == "share: 0.25 there, 0.5 here");
  CHECK(first_difference(a, b, {"share"}) == "loud: false there, true here");
  CHECK(first_difference(a, b, {"share", "loud"}).empty());
}

TEST_CASE("Settings of any type are a value that is copied, compared and given back",
          "[settings]") {
  AnySettings a = Plain{}, b = a;
  CHECK(a == b);
  const Setting& count = *b.view().find("count");
  b.view().set(count, 9);
  CHECK_FALSE(a == b);
  CHECK(a.as<Plain>().count == 3);
  CHECK(b.as<Plain>().count == 9);
  CHECK_FALSE(a == AnySettings());
  CHECK(to_json(AnySettings().view()).empty());
  CHECK_THROWS_AS(AnySettings().as<Plain>(), Error);
}
