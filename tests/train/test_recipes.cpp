// What lies in apps/recipes: every recipe can be trained, every space searched, every figure read.
#include <sonant/core/file.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/experiment/published.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/search/search_space.h>

#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;
using sonant::test::has;
using sonant::test::refusal;
namespace fs = std::filesystem;

namespace {

fs::path recipes() { return test::test_dir() / "../apps/recipes"; }

}  // namespace

TEST_CASE("Every recipe can be trained, and is one of its publication's runs", "[train]") {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(recipes())) {
    const fs::path& path = entry.path();
    if (path.extension() != ".toml" || path.filename() == "space.toml") continue;
    INFO(path.native());
    TrainConfig config;
    read_config_file(path, config);
    CHECK_NOTHROW(check_recipe(config, read_config_features(path).value_or(FeatureSettings())));
    const fs::path folder = recipes() / *path.lexically_relative(recipes()).begin();
    CHECK(has(read_text(folder / "run.sh", "test"), path.lexically_relative(folder).native()));
    ++files;
  }
  CHECK(files == 12 + 2 + 2 + 4);
}

TEST_CASE("A run.sh trains each of its rows, and ends with the table", "[train]") {
  const TempFolder folder;
  const std::string stub = folder / "a command", said = folder / "said";
  write_file(stub, "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done\necho\ncat\n", "test");
  fs::permissions(stub, fs::perms::owner_all);
  const auto run = [&](const std::string& publication, const std::string& words) {
    const std::string script = fs::canonical(recipes() / publication / "run.sh").native();
    const std::string command =
        "SONANT='" + stub + "' '" + script + "' " + words + " >'" + said + "' 2>&1 </dev/null";
    const int status = std::system(command.c_str());
    return std::pair{WEXITSTATUS(status), read_text(said, "test")};
  };
  const auto [status, text] =
      run("aftab2022", "--data 'the data' --out=runs --epochs 1 --protocol x");
  INFO(text);
  CHECK(status == 0);
  CHECK(has(text, "<cv><--data><the data><--config><"));
  CHECK(has(text,
            "aftab2022/light-sernet.toml><--out><runs/published><--seeds><5><--epochs><1>"
            "<--protocol><x><--protocol><aftab2022>\n"));
  CHECK(has(text,
            "<runs/by-speaker-focal><--seeds><5><--epochs><1><--protocol><x><--protocol>"
            "<leave-one-speaker-out>\n<table><runs/published><runs/by-speaker>"));
  // What a row says besides can be typed otherwise, and what needs no protocol takes the typed one.
  CHECK(has(run("krasnoproshin2026", "--data d --out o --seeds 1").second,
            "<o/strict-lstm-sa-h32><--epochs><100><--seeds><5><--seeds><1><--protocol><usual>\n"));
  CHECK(has(run("tao2018", "--data d --out o").second, "<o/lstm-wp><--seeds><5>\n"));
  CHECK(run("song2023", "--help").first == 0);
  const auto [wrong, why] = run("song2023", "--out o");
  CHECK(wrong == 2);
  CHECK(has(why, "run.sh: --data is missing; see run.sh --help"));
}

TEST_CASE("Every space of a recipe can be searched", "[train]") {
  for (const auto& [folder, recipe] : {std::pair{"aftab2022", "light-sernet.toml"},
                                       {"song2023", "p-cnn-gender.toml"},
                                       {"tao2018", "a-lstm.toml"}}) {
    INFO(folder);
    TrainConfig config;
    read_config_file(recipes() / folder / recipe, config);
    CHECK(open_search_space((recipes() / folder / "space.toml").native(), config).size() == 3);
  }
}

TEST_CASE("A recipe says what the features are", "[train]") {
  const TempFolder folder;
  const auto features = [&](const std::string& text) {
    write_file(folder / "c.toml", text, "test");
    TrainConfig config;
    read_config_file(folder / "c.toml", config);
    CHECK(config.lr == 0.25);
    return read_config_features(folder / "c.toml");
  };
  CHECK(!features("lr = 0.25\n"));
  const auto said = features(
      "lr = 0.25\n[features]\nfront_end = 'log-mel'\nn_mels = 40\n"
      "utterance = 'mean'\nfmin = 20\n");
  REQUIRE(said);
  CHECK(said->front_end == "log-mel");
  CHECK(said->names().size() == 40);
  CHECK(said->around.utterance == UtteranceNorm::mean);
  // Written and read, it is the same; the usual ones are not written.
  TrainConfig config;
  config.lr = 0.25;
  CHECK(features(config_to_toml(config, "", *said)) == said);
  CHECK(!features(config_to_toml(config, "", FeatureSettings())));
  for (const auto& [text, message] :
       {std::pair{"lr = 0.25\n[features]\nn_mel = 40\n", "c.toml:3:1: [features]: "},
        {"lr = 0.25\n[features]\nfront_end = 'log-mal'\n", "no front end \"log-mal\""},
        {"lr = 0.25\n[features]\nhop = 'x'\n", "c.toml:3:1: [features]: "}}) {
    INFO(text);
    CHECK(has(refusal([&, text = text] { features(text); }), message));
  }
}

TEST_CASE("Published figures stand beside the recipes, with who says so", "[train]") {
  std::set<std::string> publications;
  for (const Published& p : published()) {
    INFO(p.publication << " " << p.system);
    publications.insert(p.publication);
    CHECK(!p.source.empty());
    CHECK(fs::exists(recipes() / p.publication / "run.sh"));
  }
  CHECK(publications ==
        std::set<std::string>{"aftab2022", "krasnoproshin2026", "song2023", "tao2018"});
  REQUIRE(find_published("RAVDESS", "reslstm-sa-h64") != nullptr);
  CHECK(find_published("RAVDESS", "reslstm-sa-h64")->max == .6517);
  CHECK(find_published("EMO-DB", "reslstm-sa-h64") == nullptr);
  CHECK(find_published("EMO-DB", "") == nullptr);

  const std::string head = "corpus,system,model,parameters,measure,mean,std,max,source,caveat\n";
  const auto refused = [&](const std::string& rows) {
    return refusal([&] { parse_published(rows, "p"); });
  };
  const auto one = parse_published(head + "C,\"S, big\",,1000,accuracy,0.5,,,A 2020,\n", "p");
  REQUIRE(one.size() == 1);
  CHECK(one[0].system == "S, big");
  CHECK(one[0].parameters == 1000);
  CHECK(std::isnan(one[0].stddev));
  CHECK(has(refused("corpus,system\n"), "p/published.csv:1: expects the columns corpus, system"));
  CHECK(
      has(refused(head + "C,S,,,uar,x,,,A,\n"), "p/published.csv:2: expects mean to be a number"));
  CHECK(has(refused(head + "C,S,,,war,0.5,,,A,\n"), "expects a measure from uar, accuracy"));
  CHECK(has(refused(head + "C,S,,,uar,50,,,A,\n"), "expects a mean from 0 to 1, got 50"));
  CHECK(has(refused(head + "C,S,m,,uar,0.5,,,A,\n"),
            "expects the uar, and its deviation, of a model"));
}
