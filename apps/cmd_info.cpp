// sonant info: which machine, which kernels, and why.
#include <fmt/format.h>
#include <sonant/core/json.h>
#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/version.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace sonant::apps {
namespace {

struct Options {
  bool json = false;
  MachineOptions machine;
};

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string or_unset(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : printable(value);
}

Json facts() {
  Json json;
  json["version"] = version();
  json["build"] = build_info();
  json["processor"] = processor_name();
  json["threads"] = num_threads();
  json["isa"] = isa_name(active_isa());
  json["isa_reason"] = isa_report();
  json["blas"] = {{"core", kernels::blas_core_name()},
                  {"threading", kernels::blas_parallel_kind()},
                  {"OPENBLAS_CORETYPE", or_unset("OPENBLAS_CORETYPE")}};
  json["default_kernel"] = std::string(default_lstm_kernel());
  json["kernels"] = Json::array();
  for (const auto& kernel : kernels::lstm_kernels<float>())
    json["kernels"].push_back({{"name", kernel.name},
                               {"isa", isa_name(kernel.isa)},
                               {"usable", isa_supported(kernel.isa)},
                               {"idea", kernel.idea}});
  return json;
}

void print_text(const Json& json) {
  const auto text = [&](const char* key) { return json[key].get<std::string>(); };
  print("sonant {} ({})\n\n", text("version"), text("build"));
  print("processor   {}\n", text("processor"));
  print("threads     {}\n", json["threads"].get<int>());
  print("SIMD        {}\n", text("isa_reason"));
  const auto& blas = json["blas"];
  print("BLAS        OpenBLAS, core {}, {}\n", blas["core"].get<std::string>(),
        blas["threading"].get<std::string>());
  if (const auto forced = blas["OPENBLAS_CORETYPE"].get<std::string>(); !forced.empty())
    print("            OPENBLAS_CORETYPE={} is set: unset it to let OpenBLAS choose\n", forced);
  print("\nLSTM kernels (--kernel; default {})\n", text("default_kernel"));
  for (const auto& kernel : json["kernels"])
    print("  {:<10} {:<8} {:<13} {}\n", kernel["name"].get<std::string>(),
          kernel["isa"].get<std::string>(), kernel["usable"].get<bool>() ? "" : "(not here)",
          kernel["idea"].get<std::string>());
}

}  // namespace

void add_info(Program& program) {
  auto options = std::make_shared<Options>();
  Command& command =
      program.command("info", "Show the processor, the instruction set, the kernels and BLAS.",
                      "Which were chosen, and why.");
  command.example = "sonant info";
  command.flag("--json", options->json, "The result as JSON");
  options->machine.add_to(command);
  command.run = [options] {
    options->machine.apply();
    const auto json = facts();
    if (options->json)
      print("{}\n", json.dump(2));
    else
      print_text(json);
  };
}

}  // namespace sonant::apps
