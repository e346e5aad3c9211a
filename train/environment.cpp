#include <sonant/train/environment.h>

#include <sonant/core/kernels/gemm.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/version.h>
#include <sonant/train/json_body.h>

namespace sonant {

Json environment_json(const Environment& e) {
  return {{"version", e.version}, {"build", e.build}, {"kernel", e.kernel},
          {"isa", e.isa},         {"blas", e.blas},   {"threads", e.threads}};
}

Environment environment_from(const Json& json) {
  return {json.at("version"), json.at("build"),
          json.at("kernel"),  json.at("isa"),
          json.at("blas"),    json.contains("threads") ? json.at("threads").get<int>() : 0};
}

Environment this_environment() {
  return {version(),
          build_info(),
          default_lstm_kernel(),
          isa_name(active_isa()),
          kernels::blas_core_name(),
          num_threads()};
}

std::string first_difference(const Environment& there, const Environment& here) {
  const auto differs = [](const char* what, const std::string& a, const std::string& b) {
    return a == b ? "" : std::string(what) + " " + a + " there, " + b + " here";
  };
  std::string remark = differs("instruction set", there.isa, here.isa);
  if (remark.empty()) remark = differs("LSTM kernel", there.kernel, here.kernel);
  if (remark.empty()) remark = differs("OpenBLAS core", there.blas, here.blas);
  if (remark.empty()) remark = differs("version", there.version, here.version);
  return remark;
}

}  // namespace sonant
