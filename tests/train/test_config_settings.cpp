// Settings that a program's own rows have, in every place where a recipe's settings are met.
#include <sonant/core/file.h>
#include <sonant/core/usage.h>
#include <sonant/train/config_settings.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/search/search_space.h>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

struct NetSettings {
  int width = 8, kernel = 3;  // which was a setting of every training in version 0.1
  std::string shape = "flat";
};
SettingTable settings_of(const NetSettings&) {
  static constexpr std::array table{
      setting<&NetSettings::width>("width", "Units").between(1, 64),
      setting<&NetSettings::kernel>("kernel", "Frames that are seen at once").at_least(1),
      setting<&NetSettings::shape>("shape", "Of the window").not_searched()};
  return table;
}

struct SlowSettings {
  double slow = 0.99;
};
SettingTable settings_of(const SlowSettings&) {
  static constexpr std::array table{
      setting<&SlowSettings::slow>("slow", "Decay").at_least(0).below(1)};
  return table;
}

struct ClashingSettings {
  double lr = 1;
};
SettingTable settings_of(const ClashingSettings&) {
  static constexpr std::array table{setting<&ClashingSettings::lr>("lr", "Another one")};
  return table;
}

TrainConfig own_config() {
  static const bool once = [] {
    register_family(
        {"net", "no model is made of it here", NetSettings{}, nullptr, nullptr, {{"-w", "width"}}});
    register_loss({"slow-loss", "none at all", LossTarget::class_index, SlowSettings{},
                   []<Real T>(Var<T> head, const Targets&, const LossSettings&) { return head; }});
    return true;
  }();
  TrainConfig config;
  if (once) config.set("model", "net-w16").set("loss", "slow-loss");
  return config;
}

std::string refusal(const auto& work) {
  try {
    work();
  } catch (const UsageError& error) {
    return error.what();
  } catch (const JsonError& error) {
    return std::string("JSON: ") + error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A recipe has the settings of the rows it names", "[train]") {
  TrainConfig config = own_config();
  CHECK(config.model_own.as<NetSettings>().width == 16);
  CHECK(config.model_spec(5, {}).settings.as<NetSettings>().width == 16);
  config.set("slow", 0.5).set("kernel", 5);
  CHECK(config.task().objectives[0].loss.own.as<SlowSettings>().slow == 0.5);
  CHECK_NOTHROW(config.validate());
  config.set("width", 32);
  CHECK(config.model == "net-w32");
  config.set("loss", "focal");
  CHECK_THAT(refusal([&] { config.set("slow", 0.5); }),
             ContainsSubstring("has no setting \"slow\"") &&
                 ContainsSubstring("the model net-w32 has width, kernel, shape"));
  CHECK_THAT(refusal([&] { config.set("dropout", 0.5); }), ContainsSubstring("\"dropout\""));
  CHECK_THAT(refusal([&] { config.set("kernel", "wide"); }), ContainsSubstring("whole number"));
  CHECK_THAT(refusal([&] { config.set("width", 100); }),
             ContainsSubstring("a whole number from 1 to 64, got 100"));
  config = own_config();
  config.model = "net-w8";  // behind the back of its settings
  CHECK_THAT(refusal([&] { config.validate(); }),
             ContainsSubstring("model net-w8") && ContainsSubstring("net-w16"));
  config.model = "lstm-sa-h8";
  CHECK_THAT(refusal([&] { config.validate(); }), ContainsSubstring("another one's"));
  config.model_own = {};
  CHECK_NOTHROW(config.validate());
}

TEST_CASE("A row whose own setting is called as a recipe's is refused when it is registered",
          "[train]") {
  const auto says =
      ContainsSubstring("clashing has a setting lr of its own, and every training has");
  own_config();
  const AnySettings lr = ClashingSettings{};
  const auto clashing = [&](auto row) {
    row.name = "clashing";
    row.settings = lr;
    return row;
  };
  CHECK_THAT(refusal([&] { register_family({"clashing", "", lr, nullptr, nullptr}); }), says);
  CHECK_THAT(refusal([&] { register_loss(clashing(find_loss("focal"))); }), says);
  CHECK_THAT(refusal([&] { register_optimizer(clashing(find_optimizer("sgd"))); }), says);
  CHECK_THAT(refusal([&] { register_schedule(clashing(find_schedule("step"))); }), says);
  for (const std::string& name : known_models()) CHECK(name != "clashing");
  for (const auto& names : {known_losses(), known_optimizers(), known_schedules()})
    CHECK(std::ranges::count(names, "clashing") == 0);
  // What files of version 0.1 had may be a name again (`kernel` above); two rows that have the same
  // one cannot be used together.
  register_family({"slow-net", "", SlowSettings{}, nullptr, nullptr});
  CHECK_THAT(refusal([] { own_config().set("model", "slow-net"); }),
             ContainsSubstring("slow-loss has a setting slow, which another part"));
}

TEST_CASE("Own settings go through JSON and tell two runs apart", "[train]") {
  TrainConfig config = own_config();
  config.set("kernel", 7).set("slow", 0.25);
  const Json json = to_json(config);
  CHECK(json.at("model") == "net-w16");
  CHECK(json.at("width") == 16);
  CHECK(json.at("kernel") == 7);
  const auto read = settings_from<TrainConfig>(json);
  CHECK(read == config);
  CHECK(first_difference(read, config).empty());
  CHECK(first_difference(read, own_config()) == "kernel: 7 there, 3 here");
  CHECK(first_difference(read, own_config(), {"kernel"}) == "slow: 0.25 there, 0.99 here");
  const auto refused = [](const char* text) {
    return refusal([&] { settings_from<TrainConfig>(Json::parse(text)); });
  };
  CHECK_THAT(refused(R"({"model": "net", "dropout": 0.3})"),
             ContainsSubstring("JSON: ") && ContainsSubstring("\"dropout\"") &&
                 ContainsSubstring("the model net-w8 has width, kernel, shape"));
  CHECK_THAT(refused(R"({"width": 4, "model": "net-w8"})"), ContainsSubstring("expected one of"));
  CHECK(refused(R"({"width": 4, "model": "net"})").empty());
  CHECK_THAT(refused(R"({"model": "none"})"), ContainsSubstring("unknown model 'none'"));
  // What every file of version 0.1 has means nothing for a model that has no such setting.
  CHECK(settings_from<TrainConfig>(Json::parse(R"({"kernel": "blas", "dropout": 0.125})"))
            .model_own.view()
            .find("kernel") == nullptr);
}

TEST_CASE("Own settings stand in TOML and in a report", "[train]") {
  const TempFolder folder;
  TrainConfig config = own_config();
  config.set("kernel", 7).set("slow", 0.25);
  write_file(folder / "c.toml", config_to_toml(config, ""), "test");
  TrainConfig read;
  read_config_file(folder / "c.toml", read);
  CHECK(read == config);
  // What was typed counts more, and the file's other settings are this model's.
  TrainConfig typed;
  typed.model = "net-w9";
  write_file(folder / "c.toml", "kernel = 5\nmodel = \"lstm-sa-h8\"\n", "test");
  read_config_file(folder / "c.toml", typed, {"model"});
  CHECK(typed.model == "net-w9");
  CHECK(typed.model_own.as<NetSettings>().kernel == 5);
  const auto refused = [&](const char* text) {
    write_file(folder / "c.toml", std::string_view(text), "test");
    TrainConfig any;
    return refusal([&] { read_config_file(folder / "c.toml", any); });
  };
  CHECK_THAT(refused("model = \"net\"\ndropout = 0.1\n"),
             ContainsSubstring("c.toml:2:1: unknown key dropout") &&
                 ContainsSubstring("the model net-w8 has width, kernel, shape"));
  CHECK_THAT(refused("model = \"none\"\n"),
             ContainsSubstring("c.toml:1:9: ") && ContainsSubstring("unknown model 'none'"));
  CHECK_THAT(refused("kernel = 4\nmodel = \"net\"\nshape = 2\n"), ContainsSubstring("c.toml:3:9"));
  const auto rows = report::config_rows(config);
  for (const auto& row : report::Rows{{"kernel", "7"}, {"slow", "0.25"}, {"width", "16"}})
    CHECK(std::ranges::count(rows, row) == 1);
}

TEST_CASE("Own settings are searched by name", "[train]") {
  const TrainConfig config = own_config();
  const auto refused = [&](const std::string& toml) {
    return refusal([&] { parse_search_space(toml, "s.toml", config); });
  };
  const SearchSpace space = parse_search_space(
      "[width]\ntype='categorical'\nchoices=[4,32]\n[kernel]\ntype='int'\nlow=1\nhigh=9\n"
      "[slow]\ntype='float'\nlow=0.5\nhigh=0.9\n",
      "s.toml", config);
  const TrainConfig trial =
      with_parameters(config, space, {{"kernel", 9}, {"slow", 0.75}, {"width", 1}});
  CHECK(trial.model == "net-w32");
  CHECK(to_json(trial).at("kernel") == 9);
  CHECK(trial.task().objectives[0].loss.own.as<SlowSettings>().slow == 0.75);
  CHECK_THAT(
      refused("[dropout]\ntype='float'\nlow=0\nhigh=0.5\n"),
      ContainsSubstring("\"dropout\" of net-w16") && ContainsSubstring("width, kernel, slow"));
  CHECK_THAT(refused("[shape]\n"), ContainsSubstring("shape is not searched"));
  CHECK_THAT(refused("[width]\ntype='int'\nlow=1\nhigh=99\n"), ContainsSubstring("width = 99"));
  CHECK_THAT(refused("[slow]\ntype='float'\nlow=0\nhigh=0.5\n[loss]\ntype='categorical'\n"
                     "choices=['slow-loss','focal']\n"),
             ContainsSubstring("focal has no slow"));
  // Those that come with Sonant, without what the model does not have.
  CHECK(open_search_space("notebook").size() == 5);
  CHECK(open_search_space("notebook", config).size() == 4);
}
