// sonant: one command, one file per subcommand (cmd_*.cpp).
//
// Data goes to stdout, messages to stderr. Exit status: 0 done, 1 failed, 2 wrong usage, 128+signal
// when stopped by a signal after a clean save.
#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/version.h>

#include <CLI/CLI.hpp>
#include <map>

#include "commands.h"
#include "options.h"
#include "suggest.h"
#include "terminal.h"

namespace {

using namespace sonant;

int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const CLI::App* command = &app;
  if (!app.get_subcommands().empty()) command = app.get_subcommands().front();
  std::string message = apps::unknown_word(*command, argc, argv);
  if (message.empty()) message = error.what();
  for (char& c : message)
    if (c == '\n') c = ' ';
  fmt::print(stderr, "{} {}; see {} --help\n", apps::styled("sonant:", "1;31"), message,
             command == &app ? "sonant" : "sonant " + command->get_name());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  apps::remember_command(argc, argv);
  CLI::App app{
      "Sonant: deep learning for speech on ordinary CPUs.\n"
      "Trains, judges and runs speech-emotion models; start with apps/quickstart.sh."};
  app.name("sonant");
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand after the subcommand, too
  app.set_version_flag("--version", "sonant " + version() + "\n" + build_info());
  // As with other tools, a script's options can be overridden behind them.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  std::map<std::string, apps::Colour> colours{{"auto", apps::Colour::automatic},
                                              {"always", apps::Colour::always},
                                              {"never", apps::Colour::never}};
  app.add_option_function<std::string>(
         "--color", [&](const std::string& when) { apps::set_colour(colours.at(when)); },
         "Colours: auto, always or never (NO_COLOR is honoured)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->default_str("auto");
  app.add_flag_callback(
      "-q,--quiet", [] { apps::set_quiet(true); }, "No progress, only results");

  apps::add_train(app);
  apps::add_cv(app);
  apps::add_tune(app);
  apps::add_evaluate(app);
  apps::add_table(app);
  apps::add_predict(app);
  apps::add_inspect(app);
  apps::add_report(app);
  apps::add_features(app);
  apps::add_synth(app);
  apps::add_summary(app);
  apps::add_graph(app);
  apps::add_info(app);

  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  } catch (const apps::Stopped& stopped) {
    return 128 + stopped.signal;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{} out of memory\n", apps::styled("sonant:", "1;31"));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{} {}\n", apps::styled("sonant:", "1;31"), error.what());
  }
  return 1;
}
