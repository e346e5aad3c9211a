// Who trains, who chooses and who judges, as the command says it; and a model on another corpus.
#include <sonant/core/json.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/six_speakers.h"

using namespace sonant;

namespace {

// The emotion and the speaker of a file, by its name: 03-01-05-01-01-01-02.wav.
std::string emotion_of(const std::string& file) { return file.substr(file.size() - 18, 2); }
std::string speaker_of(const std::string& file) { return file.substr(file.size() - 6, 2); }

Words files() {
  Words all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(six_speakers()))
    if (entry.path().extension() == ".wav") all.push_back(entry.path().native());
  std::ranges::sort(all);
  return all;
}

// A manifest of them with more columns; a label of "" leaves the file out.
std::string manifest(const TempFolder& folder, const std::string& columns, auto label, auto more) {
  std::string rows = "path,label,speaker" + columns + "\n";
  for (const std::string& file : files())
    if (const std::string word = label(emotion_of(file)); !word.empty())
      rows += file + "," + word + "," + speaker_of(file) + more(speaker_of(file)) + "\n";
  const std::string csv = folder / "own.csv";
  write_file(csv, rows, "test");
  return csv;
}

struct HeldApart {
  std::set<std::string> train, choose, test;
  bool operator==(const HeldApart&) const = default;
};

struct Told {
  Json json;
  std::string text, page;
  HeldApart parts;
};

// Names of the clips and of the speakers say the same.
std::set<std::string> speakers_in(const Json& part) {
  std::set<std::string> speakers;
  const Json clips = part.contains("clips") ? part.at("clips") : Json::array();
  for (const Json& clip : clips) speakers.insert(speaker_of(clip.get<std::string>()));
  CHECK(clips.size() == part.at("files").get<std::size_t>());
  const auto named = part.at("speakers").get<Words>();
  CHECK(speakers == std::set<std::string>(named.begin(), named.end()));
  return speakers;
}

Told told(const std::string& data, const Words& more) {
  const TempFolder out;
  const Outcome done = run_sonant(
      with({"train", "--data", data, "--model", "lstm-sa-h4", "--epochs", "1", "--batch-size", "32",
            "--out", out / "m", "--result", out / "r.json", "--report", out / "r.html"},
           more));
  INFO(done.err);
  REQUIRE(done.status == 0);
  Told t{Json::parse(read_text(out / "r.json", "test")),
         done.out + done.err,
         read_text(out / "r.html", "test"),
         {}};
  const Json& of = t.json.at("data");
  t.parts = {speakers_in(of.at("train")), speakers_in(of.at("choose")), speakers_in(of.at("test"))};
  // A leak is said on the terminal, on the page and in the model, or nowhere.
  const std::string leaks = of.at("leaks");
  CHECK((t.text.find(" leaks: ") != t.text.npos) == !leaks.empty());
  CHECK((t.page.find(" leaks: ") != t.page.npos) == !leaks.empty());
  const Outcome summary = run_sonant({"summary", "--model", out / "m"});
  CHECK((summary.out.find(" leaks: " + leaks) != leaks.npos) == !leaks.empty());
  const Outcome judged =
      run_sonant({"evaluate", "-q", "--model", out / "m", "--data", data, "--fold", "0"});
  CHECK(judged.status == 0);
  CHECK((judged.out.find(" leaks: " + leaks) != leaks.npos) == !leaks.empty());
  return t;
}

// What the files' names mean to the model; "": a class that is not judged.
const std::map<std::string, std::string> names{
    {"03", "happy"}, {"04", "sad"}, {"05", "angry"}, {"07", ""}};

// Recalls, counted here: `classes` are those that may be the answer, `all` has their probabilities.
// Returns how many classes occur.
std::size_t check_figures(const Json& json, const Json& all, const Words& classes) {
  const auto model = all.at("class_names").get<Words>();
  std::map<std::string, std::pair<double, double>> right;  // of how many
  std::map<std::string, std::vector<double>> shares;
  for (const Json& p : all.at("predictions"))
    shares[p.at("file")] = p.at("probabilities").get<std::vector<double>>();
  double hits = 0, sum = 0;
  for (const Json& p : json.at("predictions")) {
    const std::string file = p.at("file"), truth = names.at(emotion_of(file));
    CHECK(p.at("label") == truth);
    std::string best;
    double most = -1;
    for (std::size_t c = 0; c < model.size(); ++c)
      if (std::ranges::count(classes, model[c]) > 0 && shares.at(file)[c] > most)
        most = shares.at(file)[c], best = model[c];
    CHECK(p.at("predicted") == best);
    right[truth].first += best == truth;
    right[truth].second += 1;
    hits += best == truth;
  }
  for (const auto& [name, recall] : right) sum += recall.first / recall.second;
  CHECK(json.at("uar").get<double>() == Approx(sum / static_cast<double>(right.size())));
  CHECK(json.at("accuracy").get<double>() ==
        Approx(hits / static_cast<double>(json.at("predictions").size())));
  return right.size();
}

}  // namespace

TEST_CASE("each protocol's clips train, choose and judge", "[apps]") {
  const TempFolder folder;
  const std::map<std::string, std::string> fold{{"01", ",a,1"}, {"02", ",b,1"}, {"03", ",c,2"},
                                                {"04", ",a,2"}, {"05", ",b,3"}, {"06", ",c,3"}};
  const std::string data = manifest(
      folder, ",fold,session", [](const std::string& e) { return e; },
      [&](const std::string& speaker) { return fold.at(speaker); });
  const auto parts = [&](const std::string& protocol, const Words& more, const char* called) {
    INFO(protocol);
    const Told t = told(data, with({"--protocol", protocol}, more));
    CHECK(t.json.at("data").at("protocol") == called);
    CHECK(t.json.at("best").at("chosen_by") == t.json.at("data").at("chosen_by"));
    return t.parts;
  };
  const HeldApart b_out{{"01", "04"}, {"03", "06"}, {"02", "05"}};
  CHECK(parts("usual", {"--fold", "1"}, "column-fold") == b_out);
  CHECK(parts("strict", {"--fold", "1"}, "column-fold") == b_out);
  CHECK(parts("column-fold", {"--fold", "1"}, "column-fold") == b_out);
  CHECK(parts("speaker-folds", {"--folds", "3"}, "speaker-folds") ==
        HeldApart{{"03", "06"}, {"02", "05"}, {"01", "04"}});
  CHECK(parts("rest-trains", {"--folds", "3", "--keep", "last"}, "rest-trains") ==
        HeldApart{{"02", "03", "05", "06"}, {}, {"01", "04"}});
  CHECK(parts("leave-one-speaker-out", {"--fold", "5"}, "leave-one-speaker-out") ==
        HeldApart{{"02", "03", "04", "05"}, {"01"}, {"06"}});
  CHECK(parts("session-out", {}, "session-out") ==
        HeldApart{{"05", "06"}, {"03", "04"}, {"01", "02"}});
  CHECK(parts("paper", {"--fold", "1"}, "krasnoproshin2026") == b_out);
  CHECK(parts("oracle", {"--fold", "1"}, "krasnoproshin2026-test-chooses") ==
        HeldApart{{"01", "04"}, {"02", "05"}, {"02", "05"}});
  CHECK(parts("no-validation", {"--fold", "1"}, "krasnoproshin2026-test-chooses-rest-trains") ==
        HeldApart{{"01", "03", "04", "06"}, {"02", "05"}, {"02", "05"}});

  const Told random = told(data, {"--protocol", "random", "--folds", "3"});
  std::set<std::string> clips;
  for (const char* part : {"train", "choose", "test"}) {
    const Json& its = random.json.at("data").at(part);
    CHECK(its.at("clips").size() == 60);
    for (const Json& clip : its.at("clips")) clips.insert(clip.get<std::string>());
  }
  CHECK(clips.size() == 180);
  CHECK_THAT(random.text, ContainsSubstring("protocol random leaks: utterances were dealt"));
  CHECK_THAT(random.page, !ContainsSubstring("has heard"));

  const std::map<std::string, std::string> split{{"01", ",train"}, {"02", ",test"},
                                                 {"03", ",dev"},   {"04", ",train"},
                                                 {"05", ",test"},  {"06", ",train"}};
  const std::string by_split = manifest(
      folder, ",split", [](const std::string& e) { return e; },
      [&](const std::string& speaker) { return split.at(speaker); });
  const Told usual = told(by_split, {});
  CHECK(usual.json.at("data").at("protocol") == "column-split");
  CHECK(usual.parts == HeldApart{{"01", "04", "06"}, {"03"}, {"02", "05"}});
}

TEST_CASE("what a protocol cannot do is refused", "[apps]") {
  const auto refused = [](const Words& more, const std::string& part) {
    const Outcome outcome = run_sonant(small_training(with({"--out", "/tmp/none"}, more)));
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  refused({"--protocol", "leave-one-speaker-out", "--folds", "3"}, "expected no number of folds");
  refused({"--protocol", "leave-one-speaker-out", "--fold", "6"}, "a fold in 0..5, got 6");
  refused({"--protocol", "rest-trains"}, "has nobody to choose; expected keep = last");
  refused({"--folds", "7"}, "expects 3 to 6 folds, for as many speakers, got 7");
  refused({"--protocol", "column-fold"}, "has no column \"fold\"");
  refused({"--protocol", "loso"}, "--protocol");
  const Outcome help = run_sonant({"help", "protocols"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, ContainsSubstring("\nrandom\n") && ContainsSubstring("  leaks: utterances"));
}

TEST_CASE("an experiment on a part of a corpus with published folds deals its own", "[apps]") {
  const TempFolder out;
  const Outcome done = run_sonant({"cv", "--data", six_speakers(), "--model", "lstm-sa-h4",
                                   "--epochs", "1", "--seeds", "1", "--out", out / "cv"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK_THAT(done.err, ContainsSubstring("speakers that are not there"));
  CHECK_THAT(done.out, ContainsSubstring("5 folds by speaker"));
  const Outcome random =
      run_sonant({"cv", "-q", "--data", six_speakers(), "--model", "lstm-sa-h4", "--epochs", "1",
                  "--seeds", "1", "--protocol", "random", "--folds", "3", "--out", out / "random"});
  REQUIRE(random.status == 0);
  CHECK_THAT(random.out, ContainsSubstring("random protocol, 3 splits of random") &&
                             ContainsSubstring("protocol random leaks: "));
  const Json json = Json::parse(read_text(out / "random/cv.json", "test"));
  CHECK_THAT(json.at("data").at("leaks").get<std::string>(), ContainsSubstring("dealt at random"));
  for (const char* format : {"text", "csv", "json", "latex", "markdown"})
    CHECK_THAT(run_sonant({"table", out / "cv", out / "random", "--format", format}).out,
               ContainsSubstring("utterances were dealt at random"));
  REQUIRE(run_sonant({"report", out / "random", "--out", out / "r.html"}).status == 0);
  CHECK_THAT(read_text(out / "r.html", "test"), ContainsSubstring("random leaks: utterances"));
}

TEST_CASE("a model is judged on the whole of another corpus, by its labels", "[apps]") {
  const TempFolder out;
  REQUIRE(run_sonant(small_training({"--out", out / "m"})).status == 0);
  const std::map<std::string, std::string> german{
      {"03", "Freude"}, {"04", "Trauer"}, {"05", "Wut"}, {"07", "Ekel"}};
  const std::string data = manifest(
      out, "", [&](const std::string& e) { return german.contains(e) ? german.at(e) : ""; },
      [](const std::string&) { return ""; });
  const Words judge{"evaluate", "-q", "--model", out / "m", "--data", data};
  const Words mapped = with(judge, {"--labels", "Freude=happy,Trauer=sad,Wut=angry"});
  const auto json_of = [](const Words& words) {
    const Outcome done = run_sonant(with(words, {"--json"}));
    INFO(done.err);
    REQUIRE(done.status == 0);
    return Json::parse(done.out);
  };
  const Json all = json_of(mapped);
  const auto known = all.at("class_names").get<Words>();
  CHECK(known.size() == 8);
  CHECK(check_figures(all, all, known) == 3);
  const Json& judged = all.at("judged");
  CHECK(judged.at("part") == "all");
  CHECK(judged.at("labels").at("Wut") == "angry");
  CHECK(judged.at("model_corpus") == "synthetic");
  CHECK(judged.at("of_files") == 96);  // four classes of four files by six speakers
  CHECK(judged.at("files") == 72);
  CHECK(judged.at("files_of_other_classes") == 24);

  const Words two = with(mapped, {"--classes", "sad,angry"});
  const Json few = json_of(two);
  CHECK(few.at("class_names").get<Words>() == Words{"sad", "angry"});
  CHECK(check_figures(few, all, {"sad", "angry"}) == 2);
  for (const Json& p : few.at("predictions")) {
    const auto shares = p.at("probabilities").get<std::vector<double>>();
    CHECK(shares.size() == 2);
    CHECK(shares[0] + shares[1] == Approx(1));
  }
  const Outcome text = run_sonant(two);
  CHECK_THAT(text.out, ContainsSubstring("all of own.csv: ") &&
                           ContainsSubstring("of other classes left out") &&
                           ContainsSubstring("another corpus than synthetic") &&
                           ContainsSubstring("labels Freude=happy Trauer=sad Wut=angry\n") &&
                           ContainsSubstring("answers among sad angry alone\n"));

  const auto refused = [](const Words& words, int status, const std::string& part) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  refused(judge, 1, "its class \"Ekel\" is none of the model's");
  refused(with(mapped, {"--fold", "0"}), 2, "is judged whole");
  refused(with(mapped, {"--part", "test"}), 2, "is judged whole");
  refused(with(mapped, {"--classes", "sad,bored"}), 2, "no class \"bored\"");
  refused(with(mapped, {"--classes", "sad"}), 2, "at least two classes");
  refused(with(judge, {"--labels", "Zorn=angry"}), 2, "has no class \"Zorn\"");
  CHECK(run_sonant(with(mapped, {"--part", "all"})).status == 0);
}
