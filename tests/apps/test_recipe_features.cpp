// The table [features] of a recipe, against what is typed.
#include <sonant/core/json.h>

#include <string>

#include "apps/six_speakers.h"
#include "support/text.h"

using sonant::Json;
using sonant::read_text;
using sonant::write_file;
using sonant::test::has;

TEST_CASE("Features are the recipe's where nothing else is typed", "[apps]") {
  const TempFolder folder;
  write_file(folder / "c.toml",
             "model = 'lstm-sa-h4'\nepochs = 1\nbatch_size = 32\n[features]\n"
             "front_end = 'log-mel'\nn_mels = 12\nutterance = 'mean'\nseconds = 2\n",
             "test");
  const auto trained = [&](const Words& more) {
    const Outcome done =
        run_sonant(with({"train", "-q", "--data", six_speakers(), "--config", folder / "c.toml",
                         "--result", folder / "r.json", "--out", folder / "m.st", "--overwrite"},
                        more));
    INFO(done.err);
    REQUIRE(done.status == 0);
    return Json::parse(read_text(folder / "r.json", "test")).at("features");
  };
  Json features = trained({});
  CHECK(features.at("front_end") == Json("log-mel"));
  CHECK(features.at("n_mels") == Json(12));
  CHECK(features.at("utterance") == Json("mean"));
  CHECK(features.at("seconds") == Json(2.0));
  features = trained({"--n-mels", "10", "--seconds", "1.5"});
  CHECK(features.at("n_mels") == Json(10));
  CHECK(features.at("seconds") == Json(1.5));
  CHECK(features.at("utterance") == Json("mean"));
  // Another front end has its own settings; what stands around any of them stays.
  features = trained({"--front-end", "light-sernet-mfcc", "--seconds", "0"});
  CHECK(features.at("n_mels") == Json(128));
  CHECK(features.at("utterance") == Json("mean"));

  write_file(folder / "c.toml", "[features]\nn_mel = 12\n", "test");
  const Outcome wrong = run_sonant({"train", "-q", "--data", six_speakers(), "--config",
                                    folder / "c.toml", "--out", folder / "m.st"});
  CHECK(wrong.status == 2);
  CHECK(has(wrong.err, "c.toml:2:1: [features]: "));
}
