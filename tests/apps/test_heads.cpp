// Several heads, and numbers, through the command: from a manifest to every file it writes.
#include <sonant/core/json.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "apps/six_speakers.h"
#include "support/text.h"

using sonant::Json;
using sonant::read_text;
using sonant::test::has;

namespace {

// The six speakers, with who speaks and a number that follows from the emotion and the speaker;
// every fourth number is missing.
const std::string& manifest() {
  static const TempFolder folder;
  static const std::string path = [] {
    std::string rows = "path,label,speaker,gender,force\n";
    int n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(six_speakers())) {
      const std::string name = entry.path().stem();
      if (entry.path().extension() != ".wav") continue;
      const int emotion = std::stoi(name.substr(6, 2)), actor = std::stoi(name.substr(18));
      rows += entry.path().native() + "," + name.substr(6, 2) + "," + name.substr(18) + "," +
              (actor % 2 == 1 ? "m" : "f") + "," +
              (++n % 4 == 0 ? "" : std::to_string(0.5 * emotion - 0.1 * actor)) + "\n";
    }
    const std::string csv = folder / "force.csv";
    sonant::write_file(csv, rows, "test");
    return csv;
  }();
  return path;
}

Words training(const std::string& command, const Words& more) {
  return with({command, "-q", "--data", manifest(), "--model", "lstm-sa-h8", "--epochs", "3",
               "--batch-size", "16", "--lr", "0.01", "--heads",
               "emotion, gender 0.3, force concordance", "--watch", "force"},
              more);
}

Outcome run(const Words& words) {
  Outcome done = run_sonant(words);
  INFO(done.err);
  REQUIRE(done.status == 0);
  return done;
}

// CCC of the predictions of a head of numbers, by its definition.
double ccc_of(const Json& head) {
  double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  const auto each = [&](auto work) {
    for (const Json& p : head.at("predictions"))
      work(p.at("number").get<double>(), p.at("truth").get<double>());
  };
  each([&](double x, double y) { ++n, mx += x, my += y; });
  mx /= n, my /= n;
  each([&](double x, double y) {
    xx += (x - mx) * (x - mx), yy += (y - my) * (y - my), xy += (x - mx) * (y - my);
  });
  return 2 * xy / (xx + yy + n * (mx - my) * (mx - my));
}

}  // namespace

TEST_CASE("A training of three heads writes all of them, and each file says the same", "[apps]") {
  const TempFolder folder;
  const Outcome done =
      run(training("train", {"--out", folder / "m.st", "--result", folder / "r.json", "--log",
                             folder / "log.csv", "--embeddings", folder / "e.st", "--report",
                             folder / "r.html"}));
  CHECK(has(done.err, "force: 45 clips of 180 without a value"));
  CHECK_FALSE(has(done.err, "ignored"));
  const Json result = Json::parse(read_text(folder / "r.json", "test"));
  const Json& test = result.at("test");
  CHECK(test.at("head") == Json("force"));
  CHECK(test.at("ccc").get<double>() == Approx(ccc_of(test)));
  CHECK(test.at("count").get<int>() < result.at("data").at("test").at("files").get<int>());
  REQUIRE(test.at("other_heads").size() == 2);
  CHECK(test.at("other_heads").at(0).at("class_names").size() == 8);
  CHECK(test.at("other_heads").at(1).at("head") == Json("gender"));
  CHECK(test.at("other_heads").at(1).at("confusion").size() == 2);
  const Json& epoch = result.at("epochs").at(0);
  CHECK(epoch.contains("choose_ccc"));
  CHECK(epoch.at("heads").size() == 3);
  double best = -2;
  for (const Json& e : result.at("epochs")) best = std::max(best, e.at("choose_ccc").get<double>());
  CHECK(result.at("best").at("choose_ccc").get<double>() == best);
  CHECK(has(read_text(folder / "log.csv", "test"),
            "train_gender_loss,train_gender_uar,choose_gender_loss"));
  const std::string page = read_text(folder / "r.html", "test");
  for (const char* part : {"CCC on test speakers", "Predicted numbers", "<h2>gender</h2>",
                           "gender: UAR", "force: CCC"})
    CHECK(has(page, part));

  // The same model, judged again on the same part.
  const Json again = Json::parse(
      run({"evaluate", "-q", "--model", folder / "m.st", "--data", manifest(), "--json"}).out);
  CHECK(again.at("ccc") == test.at("ccc"));
  CHECK(again.at("other_heads").at(1).at("uar") == test.at("other_heads").at(1).at("uar"));
  // A corpus without the column judges the other heads, and says so.
  const Outcome less = run(
      {"evaluate", "-q", "--model", folder / "m.st", "--data", six_speakers_manifest(), "--json"});
  CHECK(has(less.err, "force: is not judged"));
  CHECK_FALSE(Json::parse(less.out).contains("ccc"));

  CHECK(has(run({"summary", "--model", folder / "m.st"}).out, "gender: test UAR"));
  CHECK(has(run({"graph", "--model", folder / "m.st"}).out, "fc_gender"));
  const std::string sound = a_sound();
  const std::string line = run({"predict", "--model", folder / "m.st", sound}).out;
  CHECK(has(line, ": force "));
  CHECK(has(line, "; emotion "));
  CHECK(has(line, "; gender "));
  const Json said =
      Json::parse(run({"predict", "--model", folder / "m.st", "--json", sound}).out).at(0);
  CHECK(said.at("head") == Json("force"));
  CHECK(said.at("other_heads").at("gender").at("probabilities").size() == 2);
  for (const Json& p : test.at("predictions"))
    if (p.at("file") == Json(sound))
      CHECK(said.at("number").get<double>() == Approx(p.at("number").get<double>()).margin(1e-4));
  CHECK(has(run({"inspect", "--model", folder / "m.st", sound, "-o", folder / "v"}).out, "force "));
  CHECK(has(read_text(folder / "v", "test"), "<th scope=\"row\">force</th>"));
}

TEST_CASE("A cross-validation pools every head", "[apps]") {
  const TempFolder folder;
  const Outcome first = run(training("cv", {"--out", folder / "cv", "--seeds", "2"}));
  CHECK(has(first.out, "CCC "));
  CHECK(has(first.out, "gender: UAR"));
  const Json cv = Json::parse(read_text(folder / "cv/cv.json", "test"));
  REQUIRE(cv.at("heads").size() == 3);
  const Json& force = cv.at("heads").at(0);
  CHECK(force.at("head") == Json("force"));
  // Of each seed, the predictions of all folds together.
  for (std::size_t s = 0; s < 2; ++s) {
    Json pooled;
    for (const Json& job : cv.at("jobs")) {
      if (job.at("seed") != cv.at("seeds").at(s).at("seed")) continue;
      const std::string name = "fold" + std::to_string(job.at("fold").get<int>()) + "_seed" +
                               std::to_string(job.at("seed").get<int>());
      const Json run =
          Json::parse(read_text(folder / ("cv/jobs/" + name + "/result.json"), "test"));
      for (const Json& p : run.at("test").at("predictions")) pooled["predictions"].push_back(p);
    }
    CHECK(pooled.at("predictions").size() == 135);
    CHECK(force.at("by_seed").at(s).get<double>() == Approx(ccc_of(pooled)));
    CHECK(cv.at("seeds").at(s).at("ccc") == force.at("by_seed").at(s));
  }
  CHECK(cv.at("heads").at(2).at("confusion").size() == 2);
  // Speaker by speaker there are as many clips with a number as in the whole.
  int clips = 0;
  for (const Json& speaker : cv.at("seeds").at(0).at("speakers"))
    clips += speaker.at("pairs").at(0).get<int>();
  CHECK(cv.at("seeds").at(0).at("speakers").size() == 6);
  CHECK(clips == 135);
  // Given again it finds all done, and writes the same figures.
  run(training("cv", {"--out", folder / "cv", "--seeds", "2"}));
  CHECK(Json::parse(read_text(folder / "cv/cv.json", "test")).at("heads") == cv.at("heads"));

  // Other numbers are another experiment.
  std::string rows = read_text(manifest(), "test");
  rows.replace(rows.rfind(",", rows.size() - 2) + 1, std::string::npos, "17\n");
  sonant::write_file(folder / "other.csv", std::string_view(rows), "test");
  Words words = training("cv", {"--out", folder / "cv", "--seeds", "2"});
  words[3] = folder / "other.csv";
  CHECK(has(run_sonant(words).err, "another experiment"));

  run({"report", folder / "cv", "-o", folder / "r.html"});
  const std::string page = read_text(folder / "r.html", "test");
  for (const char* part : {"CCC, mean over the seeds", "Fold 0: CCC", "<h2>gender</h2>"})
    CHECK(has(page, part));
  const std::string table = run({"table", folder / "cv"}).out;
  CHECK(has(table, " CCC"));
  CHECK(has(table, "resamples of 6 speakers"));
  CHECK(has(table, "other heads: "));
  CHECK(has(table, "gender UAR"));
}

TEST_CASE("Heads that cannot be are refused before any work", "[apps]") {
  const TempFolder folder;
  const auto said = [&](const std::string& heads, const Words& more = {}) {
    const Outcome done = run_sonant(with({"train", "-q", "--data", manifest(), "--out",
                                          folder / "m", "--epochs", "1", "--heads", heads},
                                         more));
    CHECK(done.one_line_error());
    return std::to_string(done.status) + " " + done.err;
  };
  CHECK(has(said("emotion 1 2"), "2 sonant"));
  CHECK(has(said("emotion, emotion"), "is there twice"));
  CHECK(has(said("emotion", {"--watch", "gender"}), "expects a head from emotion"));
  CHECK(has(said("nothing"), "has no column \"nothing\""));
  CHECK(has(said("gender concordance"), "expects a finite number as its gender"));
}
