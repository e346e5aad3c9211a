// The words of the command line: help, completion and manual pages come from one table, and a word
// means the same in every command.
#include <sonant/core/file.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "apps/run.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

const std::vector<std::string> commands{
    "train",    "cv",    "tune",  "status",  "evaluate", "table", "predict", "inspect",   "report",
    "features", "store", "synth", "summary", "graph",    "info",  "help",    "completion"};

// "--out FILE" of each line of help that describes an option: its flag -> what follows it.
std::set<std::string> values_of(const std::string& help, const std::string& flag) {
  std::set<std::string> found;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(flag);
    if (at == std::string::npos || at > 6 || line.substr(0, 2) != "  ") continue;
    std::string rest = line.substr(at + flag.size());
    rest = rest.substr(0, rest.find("  "));
    found.insert(rest.empty() ? "" : rest.substr(1));
  }
  return found;
}

// Whether a program is there to be asked.
bool has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

TEST_CASE("help is asked for in four ways, and shows an example and the usage", "[apps]") {
  for (const std::string& command : commands) {
    INFO(command);
    const Outcome help = run_sonant({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK_THAT(help.out, ContainsSubstring("Usage: sonant " + command));
    CHECK_THAT(help.out, ContainsSubstring("Example:\n  "));
    CHECK(run_sonant({command, "-h"}).out == help.out);
    CHECK(run_sonant({"--help", command}).out == help.out);
    CHECK(run_sonant({"help", command}).out == help.out);
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
  }
  CHECK(run_sonant({"help"}).out == run_sonant({"--help"}).out);
  const Outcome typo = run_sonant({"help", "trian"});
  CHECK(typo.status == 2);
  CHECK_THAT(typo.err, ContainsSubstring("did you mean train?"));
}

TEST_CASE("every command is told in one line", "[apps]") {
  const std::string help = run_sonant({"--help"}).out;
  for (const std::string& command : commands) {
    INFO(command);
    const auto at = help.find("\n  " + command + " ");
    REQUIRE(at != help.npos);
    const std::string line = help.substr(at + 1, help.find('\n', at + 1) - at - 1);
    CHECK(line.ends_with('.'));
    CHECK(line.size() <= 80);
  }
}

TEST_CASE("the options that are used most come first", "[apps]") {
  const std::string help = run_sonant({"train", "--help"}).out;
  for (const char* first : {"--data", "--out", "--model", "--epochs"})
    for (const char* last : {"--momentum", "--kernel", "--n-fft", "--tuning-fmin"})
      CHECK(help.find(std::string(first) + " ") < help.find(std::string(last) + " "));
}

TEST_CASE("one word means one thing in every command", "[apps]") {
  std::set<std::string> json, result, isa, kernel, model;
  for (const std::string& command : commands) {
    const std::string help = run_sonant({command, "--help"}).out;
    json.merge(values_of(help, "--json"));
    result.merge(values_of(help, "--result"));
    isa.merge(values_of(help, "--isa"));
    kernel.merge(values_of(help, "--kernel"));
    model.merge(values_of(help, "-m, --model"));
  }
  CHECK(json == std::set<std::string>{""});
  CHECK(result == std::set<std::string>{"FILE"});
  CHECK(isa == std::set<std::string>{"ISA"});
  CHECK(kernel == std::set<std::string>{"WORD"});
  CHECK(model == std::set<std::string>{"MODEL"});
  // It took a file in some commands once.
  const Outcome old = run_sonant({"train", "--data", "d", "--out", "o", "--json", "r.json"});
  CHECK(old.status == 2);
  CHECK_THAT(old.err, ContainsSubstring("--result FILE"));
}

TEST_CASE("a value that cannot be ends with 2 and says what can", "[apps]") {
  const auto refused = [](std::vector<std::string> words, const std::string& part) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  const auto train = [&](std::vector<std::string> more, const std::string& part) {
    std::vector<std::string> words{"train", "--data", "d", "--out", "o"};
    words.insert(words.end(), more.begin(), more.end());
    refused(words, part);
  };
  train({"--epochs", "0"}, "epochs");
  train({"--epochs", "2.5"}, "a whole number");
  train({"--epochs", "99999999999"}, "a whole number");
  train({"--seed", "-1"}, "from 0 on");
  train({"--lr", "-1"}, "lr");
  train({"--lr", "nan"}, "a number");
  train({"--lr", "1e-3x"}, "a number");
  train({"--batch-size", "1"}, "--batch-size");
  train({"--dropout", "1"}, "dropout");
  train({"--fold", "-1"}, "fold");
  train({"--optimizer", "adm"}, "did you mean adam?");
  refused({"synth", "--out", "x", "--speakers", "25"}, "from 1 to 24");
  refused({"info", "--threads", "0"}, "--threads");
  refused({"predict", "x.wav", "--on-bad-file", "ignore"}, "fail, skip");
}

TEST_CASE("a model is a name or a file, and the one is never taken for the other", "[apps]") {
  const TempFolder folder;
  const auto refused = [](const std::vector<std::string>& words, const std::string& part) {
    const Outcome outcome = run_sonant(words);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.one_line_error());
    CHECK_THAT(outcome.err, ContainsSubstring(part));
  };
  const std::string file = folder / "m.safetensors";
  write_file(file, "x", "test");
  for (const char* command : {"train", "cv"})
    refused({command, "--data", "d", "--out", "o", "--model", file},
            "is a file; expected the name");
  refused({"tune", "--data", "d", "--study", "o", "--model", file}, "is a file; expected the name");
  const std::string told = "which has learnt nothing; expected a file from sonant train";
  refused({"predict", "x.wav", "--model", "lstm-sa-h4"}, told);
  refused({"inspect", "x.wav", "--model", "lstm-sa-h4"}, told);
  refused({"evaluate", "--data", "d", "--model", "lstm-sa-h4"}, told);
  for (const char* command : {"summary", "graph"}) {
    CHECK(run_sonant({command, "--model", "lstm-sa-h4"}).status == 0);
    CHECK(run_sonant({command, "--model", file}).status == 1);
    refused({command, "--model", file, "--dropout", "0.1"}, "--dropout is for the name");
    CHECK(run_sonant({command, "--model", "lstm-sa", "--hidden", "9"}).out ==
          run_sonant({command, "--model", "lstm-sa-h9"}).out);
    refused({command, "--model", folder / "none"}, "or a file from sonant train");
  }
}

TEST_CASE("a file may be called [x]", "[apps]") {
  const TempFolder folder;
  write_file(folder / "text", "no sound\n", "test");
  for (const std::string name : {"[x]", "[a,b]", "[[x]]", "[", "[]", "\1[x]", "\1\1"}) {
    // In the current folder, because the word has to begin so.
    const std::string out = run_sonant({"predict", "--json", name, name}).out;
    INFO(out);
    std::size_t files = 0;
    for (std::size_t at = 0; (at = out.find("\"file\":", at)) != out.npos; ++at) ++files;
    CHECK(files == 2);
    const std::string shown = name.starts_with('\1') ? "x01" : name;
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"features", name, "--out", folder / "o"},
             {"inspect", name, "--out", folder / "o"},
             {"report", name, "--out", folder / "o"},
             {"table", name},
             {"table", "--runs=" + name},
             {"table", "--runs", name},
             {"predict", name},
             {"evaluate", "--data", folder / "text", "--model", name},
             {"evaluate", "--data", folder / "text", "--model=" + name},
             {"predict", "x.wav", "-m" + name}}) {
      const Outcome outcome = run_sonant(words);
      INFO(words[0] << ": " << outcome.err);
      CHECK(outcome.status == 1);
      CHECK_THAT(outcome.err, ContainsSubstring(shown));
    }
  }
}

TEST_CASE("shells take the completion scripts, and complete", "[apps]") {
  const TempFolder folder;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Outcome script = run_sonant({"completion", shell});
    REQUIRE(script.status == 0);
    for (const std::string& command : commands) CHECK_THAT(script.out, ContainsSubstring(command));
    CHECK_THAT(script.out, ContainsSubstring("weight-decay"));
    const std::string file = folder / shell;
    write_file(file, script.out, "test");
    if (has(shell)) CHECK(std::system((shell + " -n '" + file + "'").c_str()) == 0);
  }
  const auto completed = [&](const std::string& words, int at) {
    const std::string out = folder / "out";
    const std::string command = "bash -c 'source \"" + (folder / "bash").native() +
                                "\"; COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) +
                                "; _sonant; echo \"${COMPREPLY[*]}\"' > '" + out + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    const auto bytes = read_file(out, "test");
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  CHECK(completed("sonant tr", 1) == "train\n");
  CHECK(completed("sonant train --weight", 2) == "--weight-decay\n");
  CHECK(completed("sonant train --optimizer ada", 3) == "adam adamw adam-keras\n");
  CHECK(completed("sonant help ev", 2) == "evaluate\n");
}

TEST_CASE("manual pages are roff that man reads", "[apps]") {
  const TempFolder folder;
  for (const std::string& command : commands) {
    const Outcome page = run_sonant({"help", "--man", command});
    REQUIRE(page.status == 0);
    CHECK(page.out.starts_with(".TH sonant-" + command + " 1 "));
    for (const char* section : {".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXAMPLES"})
      CHECK_THAT(page.out, ContainsSubstring(section));
    write_file(folder / "page.1", page.out, "test");
    if (!has("groff")) continue;
    const std::string quiet =
        "groff -man -ww -Tutf8 '" + (folder / "page.1").native() + "' 2>&1 >/dev/null | grep -q .";
    CHECK(std::system(quiet.c_str()) != 0);
  }
  CHECK_THAT(run_sonant({"help", "--man"}).out, ContainsSubstring(".SH COMMANDS"));
}

TEST_CASE("a switch of a front end may stand alone, or with true or false", "[apps]") {
  const TempFolder folder;
  const std::string sound = test::golden("audio/syn_chirp.wav").native();
  const auto features = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"features", "--front-end", "light-sernet-mfcc"};
    words.insert(words.end(), more.begin(), more.end());
    const std::string out = (folder / "x.npz").native();
    words.insert(words.end(), {"--out", out, sound});
    const auto outcome = run_sonant(words);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return read_text(out, "test");
  };
  const std::string as_it_is = features({}), stored = features({"--store-16bit", "true"});
  CHECK(as_it_is != stored);
  CHECK(features({"--store-16bit"}) == stored);
  CHECK(features({"--store-16bit=true"}) == stored);
  CHECK(features({"--store-16bit", "false"}) == as_it_is);
  CHECK(run_sonant({"features", "--front-end", "light-sernet-mfcc", "--out",
                    (folder / "y.npz").native(), sound, "--store-16bit"})
            .status == 0);
  CHECK(read_text(folder / "y.npz", "test") == stored);
  CHECK(run_sonant({"features", "--store-16bit=maybe", "--front-end", "light-sernet-mfcc", "--out",
                    (folder / "z.npz").native(), sound})
            .status == 2);
}
