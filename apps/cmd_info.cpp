// sonant info: which machine, which kernels, and why.
#include <fmt/format.h>
#include <sonant/audio/frame_kernels.h>
#include <sonant/core/json.h>
#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/kernels/conv.h>
#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/map.h>
#include <sonant/core/kernels/stream.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/version.h>
#include <sonant/train/cluster/communicator.h>

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

template <class Row>
Json rows_json(const kernels::Registry<Row>& registry) {
  Json rows = Json::array();
  for (const auto& row : registry)
    rows.push_back({{"name", row.name},
                    {"needs", features_text(row.needs)},
                    {"storage", kernels::storage_name(row.storage)},
                    {"accuracy", row.accuracy},
                    {"usable", kernels::usable(row)},
                    {"idea", row.idea}});
  return rows;
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
  json["mpi"] = transport_name();
  json["default_kernel"] = std::string(default_lstm_kernel());
  json["kernels"] = rows_json(kernels::lstm_kernels<float>());
  json["a_lstm_kernels"] = rows_json(kernels::a_lstm_kernels<float>());
  json["stream_kernels"] = rows_json(kernels::stream_kernels<float>());
  json["conv_kernels"] = rows_json(kernels::conv_kernels<float>());
  json["map_kernels"] = rows_json(kernels::map_kernels<float>());
  json["frame_kernels"] = rows_json(all_frame_kernels());
  return json;
}

void print_rows(const std::string& title, const Json& rows) {
  print("\n{}\n  {:<10} {:<7} {:<8} {:<9}\n", title, "name", "needs", "storage", "error");
  for (const auto& row : rows)
    print("  {:<10} {:<7} {:<8} {:<9.2g} {}{}\n", row["name"].get<std::string>(),
          row["needs"].get<std::string>(), row["storage"].get<std::string>(),
          row["accuracy"].get<double>(), row["usable"].get<bool>() ? "" : "(not here) ",
          row["idea"].get<std::string>());
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
  print("MPI         {}\n", text("mpi").empty() ? "none: trains in one process" : text("mpi"));
  print_rows("LSTM kernels (--kernel; default " + text("default_kernel") + ")", json["kernels"]);
  print_rows("Advanced LSTM kernels", json["a_lstm_kernels"]);
  print_rows("Streaming kernels", json["stream_kernels"]);
  print_rows("Convolution kernels", json["conv_kernels"]);
  print_rows("Kernels behind convolutions", json["map_kernels"]);
  print_rows("Kernels of the front end", json["frame_kernels"]);
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
