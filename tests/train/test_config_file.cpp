#include <sonant/core/file.h>
#include <sonant/train/experiment/config_file.h>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

struct Read {
  TrainConfig config;
  std::vector<std::string> fields;
};
Read read(const std::string& text) {
  const TempFolder folder;
  write_file(folder / "c.toml", text, "test");
  Read r;
  r.fields = read_config_file(folder / "c.toml", r.config);
  return r;
}

}  // namespace

TEST_CASE("A config file sets what it names and nothing else", "[train]") {
  const Read r = read(
      "# from a search\nlr = 2.5e-3\nbatch_size = 8\nweight_decay = 1\n"
      "optimizer = \"adamw\"\nclass_weights = true\n");
  TrainConfig expected;
  expected.lr = 2.5e-3;
  expected.batch_size = 8;
  expected.weight_decay = 1;
  expected.optimizer = "adamw";
  expected.class_weights = true;
  CHECK(r.config == expected);
  CHECK(r.fields.size() == 5);
}

TEST_CASE("A config file names the protocol, by today's name or the former one", "[train]") {
  const auto protocol = [](const std::string& text) { return read(text).config.protocol; };
  CHECK(protocol("protocol = \"random\"") == "random");
  CHECK(protocol("protocol = \"paper\"") == "krasnoproshin2026");
  CHECK(protocol("protocol = \"strict\"") == "usual");
  CHECK(protocol("protocol = \"oracle\"") == "krasnoproshin2026-test-chooses");
  CHECK(protocol("folds = 3") == "usual");
  CHECK(read("folds = 3").config.folds == 3);
}

TEST_CASE("A config file of version 0.1 says in three words what the protocol says", "[train]") {
  const auto protocol = [](const std::string& text) { return read(text).config.protocol; };
  CHECK(protocol("padding = \"paper\"\nnormalise = \"paper\"") == "krasnoproshin2026");
  CHECK(protocol("padding = \"masked\"\nnormalise = \"train\"") == "usual");
  CHECK(protocol("protocol = \"paper\"\nchoose_by = \"test-alone\"") ==
        "krasnoproshin2026-test-chooses-rest-trains");
  CHECK_THROWS_WITH(read("lr = 1\nprotocol = \"paper\"\npadding = \"masked\""),
                    ContainsSubstring("c.toml:") &&
                        ContainsSubstring("padding masked, normalise paper, choose_by validation"));
  CHECK_THROWS_WITH(read("protocol = \"random\"\npadding = \"masked\""),
                    ContainsSubstring("got \"random, padding masked"));
  CHECK_THROWS_WITH(read("padding = 3"), ContainsSubstring("padding expects a word, got 3"));
}

TEST_CASE("What is written is read again, to the last digit", "[train]") {
  TrainConfig config;
  config.lr = 0.1 + 0.2;
  config.weight_decay = 1.0 / 3;
  config.cycles = 5;
  config.momentum = 0.9;
  config.nesterov = true;
  config.protocol = "krasnoproshin2026";
  config.folds = 4;
  const std::string text = config_to_toml(config, "one\ntwo");
  CHECK_THAT(text, ContainsSubstring("# one\n# two\n"));
  CHECK(read(text).config == config);
  CHECK_THAT(text, !ContainsSubstring("\nseed = "));
  CHECK_THAT(text, ContainsSubstring("lr = 0.30000000000000004\n"));
  // The fewest digits that do.
  config = {};
  config.set("dropout", 0.3);
  config.weight_decay = 0.0016;
  config.lr = 1e-5;
  config.clip = 5;
  const std::string round = config_to_toml(config, "");
  for (const char* line : {"dropout = 0.3\n", "weight_decay = 0.0016\n", "lr = 1e-05\n",
                           "clip = 5.0\n", "eta_min_ratio = 0.01\n"})
    CHECK_THAT(round, ContainsSubstring(line));
  CHECK(read(round).config == config);
}

TEST_CASE("A bad config file is refused with its place", "[train]") {
  const auto refused = [](const std::string& text, const std::string& part) {
    INFO(text);
    CHECK_THROWS_WITH(read(text), ContainsSubstring("c.toml") && ContainsSubstring(part));
  };
  refused("lr = \n", ":1:");
  refused("lr = 1e-3\nlearning_rate = 1", ":2:1: unknown key learning_rate");
  refused("lr = \"fast\"", ":1:6: lr expects a number");
  refused("batch_size = 8.5", "batch_size expects a whole number");
  refused("batch_size = 99999999999", "batch_size expects a whole number");
  refused("seed = -1", "seed expects a whole number");
  refused("nesterov = 1", "nesterov expects true or false");
  refused("optimizer = adam", ":1:");
  refused("optimizer = 3", "optimizer expects one of adam");
  refused("protocol = \"none\"", "protocol expects");
  refused("lr = 1e-3\nlr = 1e-2", ":2:");
  CHECK_THROWS_WITH(read_config_file("/nonexistent.toml", *std::make_unique<TrainConfig>()),
                    ContainsSubstring("/nonexistent.toml"));
}
