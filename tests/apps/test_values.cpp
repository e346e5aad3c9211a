// A value that cannot be is wrong usage, as a wrong word is: status 2, before any work.
#include <sonant/core/file.h>

#include <filesystem>

#include "apps/six_speakers.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

void check_wrong(const Words& words, const std::string& part) {
  const Outcome outcome = run_sonant(words);
  std::string line = words[0];
  for (const std::string& word : words) line += " " + word;
  INFO(line << "\nstderr: " << outcome.err << "stdout: " << outcome.out);
  CHECK(outcome.status == 2);
  CHECK(outcome.one_line_error());
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, ContainsSubstring(part));
}

}  // namespace

TEST_CASE("values that cannot be end with status 2 in every command", "[apps]") {
  const TempFolder folder;
  const std::string out = folder / "out", data = six_speakers();
  const std::vector<Words> of_training{{"--epochs", "0"},
                                       {"--epochs", "-3"},
                                       {"--lr", "-1"},
                                       {"--lr", "nan"},
                                       {"--lr", "inf"},
                                       {"--batch-size", "1"},
                                       {"--batch-size", "-16"},
                                       {"--seed", "-1"},
                                       {"--seed", "-0x1"},
                                       {"--seed", "18446744073709551616"},
                                       {"--seed", "1.5"},
                                       {"--model", "cnn"},
                                       {"--model", "lstm-sa-h0"},
                                       {"--isa", "foo"},
                                       {"--dropout", "1"},
                                       {"--dropout", "-0.1"},
                                       {"--clip", "-1"},
                                       {"--label-smoothing", "2"},
                                       {"--weight-decay", "-1"},
                                       {"--t0", "0"},
                                       {"--t-mult", "0"},
                                       {"--cycles", "-1"},
                                       {"--eta-min-ratio", "2"},
                                       {"--momentum", "1"},
                                       {"--nesterov"},
                                       {"--n-fft", "0"},
                                       {"--hop", "0"},
                                       {"--n-mels", "-1"},
                                       {"--fmin", "-1"},
                                       {"--top-db", "nan"},
                                       {"--threads", "0"},
                                       {"--epochs", "99999999999"}};
  for (const Words& wrong : of_training) {
    std::string field = wrong[0].substr(2);
    for (char& c : field)
      if (c == '-') c = '_';
    const std::string part = field == "lr" || field == "isa" ? field : wrong.back().substr(0, 1);
    check_wrong(with({"train", "-q", "--data", data, "--out", out}, wrong), part);
    if (wrong[0] == "--threads") continue;  // cv calls them --jobs, too
    check_wrong(with({"cv", "-q", "--data", data, "--out", out}, wrong), part);
    check_wrong(with({"tune", "-q", "--data", data, "--study", out}, wrong), "");
  }
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("so do those of one command alone", "[apps]") {
  const TempFolder folder;
  const std::string out = folder / "out", data = six_speakers();
  for (const char* fold : {"-1", "5", "99"}) {
    check_wrong({"train", "-q", "--data", data, "--out", out, "--fold", fold}, fold);
    check_wrong({"evaluate", "-q", "--data", data, "--model", out, "--part", "none"}, "none");
  }
  CHECK(fs::is_empty(folder.path));
  check_wrong({"cv", "-q", "--data", data, "--out", out, "--seeds", "0"}, "seed");
  for (const Words& wrong : std::vector<Words>{{"--trials", "0"},
                                               {"--workers", "0"},
                                               {"--seed-best", "0"},
                                               {"--search-seed", "-1"},
                                               {"--pruner", "x"}})
    check_wrong(with({"tune", "-q", "--data", data, "--study", out}, wrong), "");
  check_wrong({"tune", "--print-space", "none"}, "none");
  check_wrong({"tune", "--data", data}, "--study");
  check_wrong({"tune", "--data", data, "--study", out, "--lr", "0.1"}, "--lr");
  for (const Words& wrong : std::vector<Words>{{"--seed", "-1"},
                                               {"--speakers", "25"},
                                               {"--difficulty", "-1"},
                                               {"--difficulty", "nan"},
                                               {"--difficulty", "11"}})
    check_wrong(with({"synth", "-q", "--out", out}, wrong), "");
  check_wrong({"features", a_sound(), "--out", out, "--n-mfcc", "99999"}, "--n-mfcc");
  for (const char* command : {"summary", "graph"}) {
    check_wrong({command, "--model", "cnn"}, "cnn");
    check_wrong({command, "--classes", "0"}, "0");
    check_wrong({command, "--input", "99999"}, "99999");
    check_wrong({command, "--model", "lstm-sa-h8", "--dropout", "1"}, "--dropout");
    check_wrong({command, "--model", "lstm-sa-h8", "--hidden", "9"}, "lstm-sa-h8");
  }
  check_wrong({"info", "--isa", "avx1024"}, "avx1024");
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("a value that cannot be in a config file is wrong usage, too", "[apps]") {
  const TempFolder folder;
  write_file(folder / "c.toml", "epochs = 0\n", "test");
  check_wrong({"train", "-q", "--data", six_speakers(), "--out", folder / "m", "--config",
               folder / "c.toml"},
              "epochs");
}

TEST_CASE("so is what cannot be read as one; a file that is not there is a failure", "[apps]") {
  const TempFolder folder;
  const std::string file = folder / "c.toml";
  const auto refused = [&](const std::string& text, const std::string& part) {
    write_file(file, text, "test");
    for (const Words& words :
         {Words{"train", "--out", folder / "m"}, Words{"cv", "--out", folder / "cv"},
          Words{"tune", "--study", folder / "t"}})
      check_wrong(with(words, {"-q", "--data", six_speakers(), "--config", file}), part);
  };
  refused("learning_rate = 1\n", "unknown key learning_rate");
  refused("lr = \"high\"\n", "lr expects a number");
  refused("epochs = 2.5\n", "whole number");
  refused("protocol = \"lax\"\n", "protocol expects");
  refused("lr = = 1\n", "expected TOML");
  const Words train{"train", "-q", "--data", six_speakers(), "--out", folder / "m"};
  CHECK(run_sonant(with(train, {"--config", folder / "none.toml"})).status == 1);
  write_file(folder / "s.toml", "[dropout]\ntype = \"none\"\n", "test");
  check_wrong({"tune", "-q", "--data", six_speakers(), "--study", folder / "t", "--space",
               folder / "s.toml"},
              "expects type");
}

TEST_CASE("a number that is none is told the range of its option", "[apps]") {
  const auto train = [](const Words& more) {
    return with({"train", "--data", "d", "--out", "o"}, more);
  };
  check_wrong(train({"--epochs", "many"}), "--epochs expects a whole number from 1 on, got 'many'");
  check_wrong(train({"--epochs", "99999999999"}), "from 1 to 2147483647");
  check_wrong(train({"--threads", "x"}), "a whole number from 1 to 4096, got 'x'");
  check_wrong(train({"--seed", "-1"}), "a whole number from 0 on, got '-1'");
  check_wrong(train({"--seed", "18446744073709551616"}), "from 0 to 18446744073709551615");
  check_wrong(train({"--seed", "x"}), "a whole number from 0 on, got 'x'");
  check_wrong({"synth", "--out", "o", "--speakers", "x"}, "a whole number from 1 to 24, got 'x'");
  check_wrong({"synth", "--out", "o", "--difficulty", "-1"}, "a number, at least 0, got '-1'");
  check_wrong({"cv", "--data", "d", "--out", "o", "--seeds", "0"},
              "a whole number, at least 1, got '0'");
}

TEST_CASE("what says nothing beside another option is refused", "[apps]") {
  check_wrong({"evaluate", "--data", "d", "--model", "m", "--part", "all", "--fold", "0"},
              "--fold");
}

TEST_CASE("predict keeps the good answers when a file fails", "[apps]") {
  const TempFolder folder;
  write_file(folder / "text.wav", "this is no sound\n", "test");
  const std::string bad = folder / "text.wav", missing = folder / "none.wav", good = a_sound();
  for (const Words& files : {Words{good, bad}, Words{bad, good}, Words{bad, good, missing, good}}) {
    const auto count = [](const std::string& text, const std::string& part) {
      std::size_t n = 0;
      for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
      return n;
    };
    const auto faults = count(files.size() == 2 ? "x" : "xx", "x");
    const Outcome json = run_sonant(with({"predict", "-q", "--json"}, files));
    INFO(json.out << json.err);
    CHECK(json.status == 1);
    CHECK(count(json.out, "\"file\"") == files.size());
    CHECK(count(json.out, "\"error\"") == faults);
    CHECK(count(json.out, "\"label\"") == files.size() - faults);
    CHECK(count(json.out, "\"probabilities\"") == files.size() - faults);
    CHECK(json.out.find(bad) < json.out.find("\"error\""));
    CHECK(json.out.front() == '[');
    CHECK(json.out.substr(json.out.size() - 2) == "]\n");
    CHECK_THAT(json.err, ContainsSubstring("text.wav"));

    const Outcome text = run_sonant(with({"predict", "-q"}, files));
    CHECK(text.status == 1);
    CHECK(count(text.out, good) == files.size() - faults);
    const Outcome skipped =
        run_sonant(with({"predict", "-q", "--json", "--on-bad-file", "skip"}, files));
    CHECK(skipped.status == 0);
    CHECK(count(skipped.out, "\"file\"") == files.size() - faults);
  }
  const Outcome none = run_sonant({"predict", "-q", "--json", bad});
  CHECK(none.status == 1);
  CHECK_THAT(none.out, ContainsSubstring("\"error\""));
}
