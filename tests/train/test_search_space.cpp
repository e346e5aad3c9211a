#include <sonant/core/file.h>
#include <sonant/train/search/search_space.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

using namespace sonant;

namespace {

std::string refusal(const std::string& toml) {
  return test::refusal([&] { parse_search_space(toml, "s.toml"); });
}

const Distribution& named(const SearchSpace& space, const std::string& name) {
  for (const Hyperparameter& p : space)
    if (p.name == name) return p.distribution;
  FAIL("no " << name);
  throw;
}

}  // namespace

TEST_CASE("the published spaces are there by name", "[train]") {
  const SearchSpace notebook = open_search_space("notebook");
  REQUIRE(notebook.size() == 5);
  const Distribution& lr = named(notebook, "lr");
  CHECK((lr.log && lr.low == 1e-5 && lr.high == 3e-2));
  const Distribution& decay = named(notebook, "weight_decay");
  CHECK((decay.log && decay.low == 2e-5 && decay.high == 4e-2));
  const Distribution& dropout = named(notebook, "dropout");
  CHECK((!dropout.log && dropout.low == 0.02 && dropout.high == 0.5));
  using Choices = std::vector<Choice>;
  using std::int64_t;
  CHECK(named(notebook, "batch_size").choices ==
        Choices{int64_t{4}, int64_t{8}, int64_t{16}, int64_t{32}, int64_t{64}});
  CHECK(named(notebook, "t0").choices ==
        Choices{int64_t{1}, int64_t{2}, int64_t{3}, int64_t{5}, int64_t{10}});

  const SearchSpace slides = open_search_space("slides");
  CHECK((named(slides, "lr").low == 3e-5 && named(slides, "lr").high == 2e-4));
  CHECK(named(slides, "batch_size").choices.size() == 4);
  CHECK(builtin_space("none").empty());
  CHECK_THROWS_WITH(open_search_space("none"), ContainsSubstring("notebook or slides"));
}

TEST_CASE("a file of every type", "[train]") {
  const TempFolder folder;
  write_file(folder / "s.toml",
             std::string_view("[t_mult]\ntype='int'\nlow=1\nhigh=3\n[clip]\ntype='float'\nlow=0\n"
                              "high=5\nstep=0.5\n[optimizer]\ntype='categorical'\n"
                              "choices=['adam','adamw']\n[class_weights]\ntype='categorical'\n"
                              "choices=[true,false]\n"),
             "test");
  const SearchSpace space = open_search_space((folder / "s.toml").string());
  REQUIRE(space.size() == 4);
  CHECK(space.front().name == "class_weights");  // sorted
  const TrainConfig config = with_parameters(
      TrainConfig{}, space, {{"t_mult", 3}, {"clip", 2.5}, {"optimizer", 1}, {"class_weights", 0}});
  CHECK(config.t_mult == 3);
  CHECK(config.clip == 2.5);
  CHECK(config.optimizer == "adamw");
  CHECK(config.class_weights);
  CHECK_THROWS_AS(with_parameters(TrainConfig{}, space, {{"t_mult", 3}}), Error);
  CHECK_THROWS_AS(
      with_parameters(TrainConfig{}, space,
                      {{"t_mult", 4}, {"clip", 2.5}, {"optimizer", 1}, {"class_weights", 0}}),
      Error);
}

TEST_CASE("a mistake is named with its line and column", "[train]") {
  const std::string lr = "[lr]\ntype = \"log\"\n";
  const auto refuses = [](const std::string& toml, const std::string& part) {
    INFO(toml);
    CHECK_THAT(refusal(toml), ContainsSubstring(part));
  };
  refuses("", "none");
  refuses("[lr\n", "s.toml:1:");
  refuses("[learning_rate]\n", "s.toml:1:2: unknown hyperparameter \"learning_rate\"");
  refuses("[fold]\ntype='int'\n", "fold is not searched");
  refuses("[seed]\n", "seed is not searched");
  refuses("lr = 3\n", "s.toml:1:1: expects a table");
  refuses("[lr]\n", "expects the key type");
  refuses("[lr]\ntype='uniform'\n", "s.toml:2:6");
  refuses(lr + "low=1e-5\n", "expects the key high");
  refuses(lr + "low='a'\nhigh=1\n", "s.toml:3:5: expects low to be a number");
  refuses(lr + "low=0\nhigh=1\n", "low > 0");
  refuses(lr + "low=0.1\nhigh=0.01\n", "low <= high");
  refuses(lr + "low=0.1\nhigh=inf\n", "low <= high");
  refuses(lr + "low=0.1\nhigh=nan\n", "low <= high");
  refuses(lr + "low=0.1\nhigh=1\nstep=1\n", "s.toml:5:1: unknown key \"step\"");
  refuses(lr + "low=0.1\nhigh=1\nhihg=1\n", "unknown key \"hihg\"");
  refuses("[dropout]\ntype='float'\nlow=0\nhigh=1.5\n", "dropout = 1.5 cannot be trained");
  refuses("[dropout]\ntype='float'\nlow=0\nhigh=0.5\nstep=0\n", "step > 0");
  refuses("[t0]\ntype='int'\nlow=1\nhigh=2.5\n", "whole numbers");
  refuses("[t0]\ntype='float'\nlow=1\nhigh=2\n", "whole number");
  refuses("[t0]\ntype='int'\nlow=0\nhigh=2\n", "t0 = 0 cannot be trained");
  refuses("[batch_size]\ntype='categorical'\n", "expects the key choices");
  refuses("[batch_size]\ntype='categorical'\nchoices=4\n", "expects choices to be a list");
  refuses("[batch_size]\ntype='categorical'\nchoices=[]\n", "at least one choice");
  refuses("[batch_size]\ntype='categorical'\nchoices=[4,4]\n", "twice");
  refuses("[batch_size]\ntype='categorical'\nchoices=[4,1]\n", "batch_size = 1 cannot be trained");
  refuses("[batch_size]\ntype='categorical'\nchoices=[4,'x']\n", "whole number from 2 on, got x");
  refuses("[batch_size]\ntype='categorical'\nchoices=[4,[5]]\n", "s.toml:3:12");
  refuses("[optimizer]\ntype='categorical'\nchoices=['adamm']\n", "adamm");
}

TEST_CASE("fields are set by their name", "[train]") {
  TrainConfig config;
  config.set("lr", std::int64_t{1});
  CHECK(config.lr == 1);
  config.set("seed", std::int64_t{7});
  CHECK(config.seed == 7);
  config.set("model", std::string("lstm-sa-h8"));
  CHECK(config.model == "lstm-sa-h8");
  CHECK_THROWS_AS(config.set("t0", 2.0), Error);
  CHECK_THROWS_AS(config.set("t0", std::int64_t{1} << 40), Error);
  CHECK_THROWS_AS(config.set("seed", std::int64_t{-1}), Error);
  CHECK_THROWS_AS(config.set("nesterov", std::int64_t{1}), Error);
  CHECK_THROWS_AS(config.set("nothing", std::int64_t{1}), Error);
}
