#include <sonant/core/error.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/json_body.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "support/text.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("A result survives its JSON", "[train]") {
  const RunResult r = sample_result();
  const std::string json = to_json(r);
  const RunResult back = result_from_json(json, "r.json");
  CHECK(to_json(back) == json);
  CHECK(back.config == r.config);
  CHECK(back.features == r.features);
  CHECK(back.data.sample_rates == r.data.sample_rates);
  CHECK(back.data.bad[0].reason == r.data.bad[0].reason);
  CHECK(back.epochs.size() == r.epochs.size());
  CHECK(back.epochs[7].choose_figure == r.epochs[7].choose_figure);
  CHECK(back.test.metrics.uar == r.test.metrics.uar);
  CHECK(back.test.metrics.confusion == r.test.metrics.confusion);
  CHECK(back.test.predictions[1].label == 1);
  CHECK(back.test.predictions[1].probabilities == r.test.predictions[1].probabilities);
  CHECK(back.environment.threads == 2);
}

TEST_CASE("The JSON has the documented keys", "[train]") {
  const Json json = Json::parse(to_json(sample_result()));
  CHECK(json.at("format") == 1);
  CHECK(json.at("config").at("lr") == 0.1 + 0.2);
  CHECK(json.at("config").at("seed") == 0xffffffffffffffffull);
  CHECK(json.at("features").at("hop") == 1024);
  CHECK(json.at("data").at("test").at("speakers") == Json({"11", "14"}));
  CHECK(json.at("data").at("sample_rates").at("16000") == 338);
  CHECK(json.at("epochs").at(29).at("epoch") == 30);
  CHECK(json.at("best").at("epoch") == 26);
  CHECK(json.at("best").at("chosen_by") == "choose");
  CHECK(json.at("test").at("uar").get<double>() > 0.6);
  CHECK(json.at("test").at("confusion").at(1).at(0) == 6);
  CHECK(json.at("test").at("per_class").at(2).at("name") == "<neutral>");
  CHECK(json.at("test").at("predictions").at(1).at("predicted") == "anger");
  CHECK(json.at("environment").at("isa") == "avx2");
  CHECK(json.at("interrupted") == false);
  const RunResult r = sample_result();
  CHECK(Json::parse(to_json(r.test)) == json.at("test"));
}

TEST_CASE("Every number of the JSON is the run's, in its place", "[train]") {
  const RunResult r = sample_result();
  const auto json = nlohmann::json::parse(to_json(r));  // not what wrote it
  REQUIRE(json.at("epochs").size() == 30);
  for (std::size_t e = 0; e < 30; ++e) {
    const EpochRecord& of = r.epochs[e];
    CHECK(json.at("epochs").at(e) == nlohmann::json{{"epoch", e + 1},
                                                    {"lr", of.lr},
                                                    {"train_loss", of.train_loss},
                                                    {"train_uar", of.train_figure},
                                                    {"choose_loss", of.choose_loss},
                                                    {"choose_uar", of.choose_figure},
                                                    {"choose_accuracy", of.choose_accuracy},
                                                    {"seconds", 1.25},
                                                    {"weights_hash", of.weights_hash}});
  }
  CHECK(json.at("best").at("choose_uar") == 0.6537);
  CHECK(json.at("parameters") == 46772);
  CHECK(json.at("timing") ==
        nlohmann::json{{"load_seconds", 12.5}, {"train_seconds", 185.0}, {"test_seconds", 0.4}});
  const auto& data = json.at("data");
  CHECK(data.at("files") == 339);
  CHECK(data.at("frames") == 12345);
  CHECK(data.at("sample_rates") == nlohmann::json{{"16000", 338}, {"44100", 1}});
  CHECK(data.at("train").at("files") == 200);
  CHECK(data.at("choose").at("files") == 68);
  CHECK(data.at("test").at("files") == 71);
  CHECK(json.at("environment").at("threads") == 2);
  // Of the counts {22, 3, 1, 0}, {6, 7, 2, 0}, {0, 1, 13, 3}, {0, 0, 2, 11}.
  const auto& test = json.at("test");
  CHECK(test.at("uar") == Approx((22 / 26. + 7 / 15. + 13 / 17. + 11 / 13.) / 4));
  CHECK(test.at("accuracy") == Approx(53 / 71.));
  CHECK(test.at("macro_f1") == Approx((44 / 54. + 14 / 26. + 26 / 35. + 22 / 27.) / 4));
  CHECK(test.at("loss") == 0.71);
  CHECK(test.at("count") == 71);
  CHECK(test.at("confusion") ==
        nlohmann::json::parse("[[22,3,1,0],[6,7,2,0],[0,1,13,3],[0,0,2,11]]"));
  const double support[] = {26, 15, 17, 13}, right[] = {22, 7, 13, 11}, named[] = {28, 11, 18, 14};
  for (std::size_t c = 0; c < 4; ++c) {
    const auto& one = test.at("per_class").at(c);
    CHECK(one.at("support") == support[c]);
    CHECK(one.at("recall") == Approx(right[c] / support[c]));
    CHECK(one.at("precision") == Approx(right[c] / named[c]));
    CHECK(one.at("f1") == Approx(2 * right[c] / (support[c] + named[c])));
  }
  CHECK(test.at("predictions").at(1).at("probabilities") == nlohmann::json{0.75, 0.2, 0.05, 0.0});
}

TEST_CASE("The JSON says who chose the epoch, and a file without that is read", "[train]") {
  RunResult r = sample_result();
  r.data.chooser = Chooser::test;
  CHECK(Json::parse(to_json(r)).at("best").at("chosen_by") == "test");
  Json older = Json::parse(to_json(r));
  older["best"].erase("chosen_by");
  CHECK(result_from_json(older.dump(), "r.json").best_choose_figure == r.best_choose_figure);
}

TEST_CASE("An evaluation says what it judged, of how much, and whom the model knows", "[train]") {
  JudgedPart judged{
      .part = CorpusPart::test, .fold = 2, .folds = 5, .split = "fold 2 of 5 by speaker"};
  judged.corpus = "own.csv";
  judged.files = 78;
  judged.of_files = 1339;
  judged.speakers = {"03", "08"};
  CHECK(to_text(judged) ==
        "test part of fold 2 of 5: 78 of 1,339 files of own.csv, speakers 03 08\n");
  judged.speakers = {"03"};
  judged.bad_files = 2;
  judged.trained_on = {"03"};
  CHECK(to_text(judged) ==
        "test part of fold 2 of 5: 78 of 1,339 files of own.csv, 2 bad ones left out, speaker 03\n"
        "no estimate for new speakers: the model learnt from 03\n");
  judged.bad_files = 1;
  judged.chosen_by = {"08", "09"};
  CHECK(to_text(judged) ==
        "test part of fold 2 of 5: 78 of 1,339 files of own.csv, 1 bad one left out, speaker 03\n"
        "no estimate for new speakers: the model learnt from 03, its epoch was chosen by 08 09\n");
  const RunResult r = sample_result();
  Json json = Json::parse(to_json(r.test, judged));
  CHECK(json.at("judged").at("part") == "test");
  CHECK(json.at("judged").at("fold") == 2);
  CHECK(json.at("judged").at("folds") == 5);
  CHECK(json.at("judged").at("files") == 78);
  CHECK(json.at("judged").at("of_files") == 1339);
  CHECK(json.at("judged").at("bad_files") == 1);
  CHECK(json.at("judged").at("trained_on") == Json({"03"}));
  CHECK(json.at("judged").at("chosen_by") == Json({"08", "09"}));
  json.erase("judged");
  CHECK(json == Json::parse(to_json(r.test)));

  judged = {.part = CorpusPart::test, .folds = 1, .split = "split column", .corpus = "own.csv"};
  judged.files = judged.of_files = 1;
  judged.speakers = {"a"};
  CHECK(to_text(judged) == "test part of the split column: 1 of 1 file of own.csv, speaker a\n");
  judged = {.part = CorpusPart::all, .corpus = "own.csv"};
  judged.files = judged.of_files = 12;
  judged.speakers = {"a", "b"};
  CHECK(to_text(judged) == "all of own.csv: 12 files, speakers a b\n");
  CHECK(!Json::parse(to_json(r.test, judged)).at("judged").contains("fold"));
}

TEST_CASE("A loss that is not finite is null, a name that is not UTF-8 is kept readable",
          "[train]") {
  RunResult r = sample_result();
  r.epochs[0].train_loss = std::numeric_limits<double>::quiet_NaN();
  r.test.predictions[0].file = "caf\xe9.wav";
  const std::string json = to_json(r);
  CHECK(Json::parse(json).at("epochs").at(0).at("train_loss").is_null());
  CHECK(std::isnan(result_from_json(json, "r.json").epochs[0].train_loss));
  r.test.predictions[0].probabilities = {0.25, std::nan(""), 0.75, -std::nan("")};
  const auto p = result_from_json(to_json(r), "r.json").test.predictions[0].probabilities;
  REQUIRE(p.size() == 4);
  CHECK((p[0] == 0.25 && std::isnan(p[1]) && p[2] == 0.75 && std::isnan(p[3])));
}

TEST_CASE("JSON that is no result is refused by name", "[train]") {
  const std::string json = to_json(sample_result());
  const auto read = [](const std::string& text) { return result_from_json(text, "r.json"); };
  CHECK_THROWS_WITH(read("{}"), ContainsSubstring("r.json"));
  CHECK_THROWS_AS(read(json.substr(0, json.size() / 2)), Error);
  CHECK_THROWS_AS(read("[1, 2]"), Error);
  std::string other = json;
  other.replace(other.find("\"format\": 1"), 11, "\"format\": 9");
  CHECK_THROWS_WITH(read(other), ContainsSubstring("format 1, got 9"));
}

TEST_CASE("The first field in which two configs differ is named", "[train]") {
  TrainConfig a, b;
  CHECK(first_difference(a, b).empty());
  b.epochs = 3;
  b.lr = 0.5;
  CHECK(first_difference(a, b) == "epochs: 100 there, 3 here");
  CHECK(first_difference(a, b, {"epochs"}) == "lr: 0.001 there, 0.5 here");
  CHECK(first_difference(a, b, {"epochs", "lr"}).empty());
}

TEST_CASE("Configs refuse what cannot be run, naming the field", "[train]") {
  const auto message = [](auto change) -> std::string {
    TrainConfig config;
    change(config);
    return test::refusal([&] { config.validate(); });
  };
  CHECK(message([](TrainConfig&) {}).empty());
  CHECK_THAT(message([](auto& c) { c.epochs = 0; }), ContainsSubstring("epochs >= 1, got 0"));
  CHECK_THAT(message([](auto& c) { c.batch_size = 1; }), ContainsSubstring("batch_size"));
  CHECK_THAT(message([](auto& c) { c.lr = NAN; }), ContainsSubstring("lr"));
  CHECK_THAT(message([](auto& c) { c.set("dropout", 1); }), ContainsSubstring("dropout in [0, 1)"));
  CHECK_THAT(message([](auto& c) { c.label_smoothing = 2; }), ContainsSubstring("label_smoothing"));
  CHECK_THAT(message([](auto& c) { c.protocol = "zero"; }), ContainsSubstring("protocol from"));
  CHECK_THAT(message([](auto& c) { c.folds = -1; }), ContainsSubstring("folds >= 0, got -1"));
  CHECK_THAT(message([](auto& c) { c.optimizer = "lion"; }), ContainsSubstring("optimizer"));
  CHECK_THAT(message([](auto& c) { c.t0 = 0; }), ContainsSubstring("t0"));
  CHECK_THAT(message([](auto& c) { c.clip = -1; }), ContainsSubstring("clip"));
  CHECK_THAT(message([](auto& c) { c.eta_min_ratio = 1.5; }), ContainsSubstring("eta_min_ratio"));
}
