#include "run_command.h"

#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/text.h>
#include <sonant/core/version.h>
#include <sonant/train/cluster/communicator.h>

#include <string_view>
#include <vector>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace sonant {
namespace {

using namespace apps;

// In the order of help.
std::vector<AddCommand>& rows() {
  static std::vector<AddCommand> all{
      add_train,   add_cv,      add_tune,   add_status,   add_evaluate,  add_table,
      add_predict, add_inspect, add_report, add_features, add_store,     add_synth,
      add_summary, add_graph,   add_info,   add_help,     add_completion};
  return all;
}

// In place, because commands refer to the program that they are part of.
void describe(Program& program) {
  program.name = "sonant";
  program.summary =
      "Sonant: deep learning for speech on ordinary CPUs. Trains, judges and runs speech-emotion "
      "models; start with apps/quickstart.sh.";
  Command& all = program.everywhere;
  all.example = "sonant predict speech.wav\nsonant train --data RAVDESS --out model.safetensors";
  all.flag(
      "-q,--quiet", [] { set_quiet(true); }, "No progress, only results");
  all.option(
         "--color",
         [](const std::string& text) {
           Colour when = Colour::automatic;
           read_value(text, when);
           set_colour(when);
         },
         "Colours; NO_COLOR is honoured")
      .called("WHEN")
      .one_of(words_in<Colour>())
      .default_text("auto");
  all.flag(
      "--version", [] {}, "The version and how it was built");
  all.flag(
      "-h,--help", [] {}, "This help");
  for (const AddCommand add : rows()) add(program);
}

// The subcommand that is named, wherever it stands.
const Command* named_command(const Program& program, int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (const Command* command = program.find(argv[i])) return command;
  return nullptr;
}

// --help and --version ask for nothing else: what is required besides may be missing.
bool asked_for_words(const Program& program, int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view word = argv[i];
    if (word == "-h" || word == "--help") {
      const Command* command = named_command(program, argc, argv);
      print("{}", command ? help_text(program, *command) : help_text(program));
      return true;
    }
    if (word == "--version") {
      print("sonant {}\n{}\n", version(), build_info());
      return true;
    }
  }
  return false;
}

void work(Program& program, const Command*& command, int argc, char** argv) {
  describe(program);
  if (!asked_for_words(program, argc, argv)) {
    command = named_command(program, argc, argv);
    parse(program, argc, argv).run();
  }
  close_output();
}

}  // namespace

void register_command(AddCommand add) { rows().push_back(add); }

int run_command(int argc, char** argv) {
  prepare_streams();
  remember_command(argc, argv);
  Program program;
  const Command* command = nullptr;
  try {
    work(program, command, argc, argv);
    return 0;
  } catch (const UsageError& error) {
    // The command line that ranks have in common is wrong for all of them, and one says so.
    if (command && command->name == "train" && launch_of_environment().rank > 0) return 2;
    const std::string of = command ? "sonant " + command->name : "sonant";
    say_error(fmt::format("{}; see {} --help", error.what(), of));
    return 2;
  } catch (const Stopped& stopped) {
    return stop_status(stopped.signal);
  } catch (const Failed& failed) {
    return failed.status;
  } catch (const std::bad_alloc&) {
    say_error("out of memory");
  } catch (const std::exception& error) {
    say_error(error.what());
  }
  return 1;
}

}  // namespace sonant
