#include <sonant/nn/state_dict.h>

#include <cmath>
#include <cstdlib>

#include <sonant/core/random.h>
#include <sonant/nn/models/family.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/models.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

std::unique_ptr<Model<double>> small_model(std::uint64_t seed) {
  return make_model<double>(test::NamedModel{.name = "reslstm-sa-h3", .input = 4, .classes = 2},
                            seed);
}

Safetensors saved(const Module<double>& model, const std::string& prefix = "") {
  Safetensors file;
  save_state_dict(model, file, prefix);
  return file;
}

}  // namespace

TEST_CASE("a model's file has PyTorch's names and gives every bit back") {
  const TempFolder folder;
  const auto model = small_model(1);
  for (const auto& [name, buffer] : model->named_buffers())
    Random(name.size()).fill_uniform(buffer->span(), 0.5, 2.0);
  saved(*model).write(folder / "m.safetensors");

  const Safetensors file = Safetensors::read(folder / "m.safetensors");
  CHECK(file.names() == std::vector<std::string>{"attention_vector",
                                                 "bn.bias",
                                                 "bn.num_batches_tracked",
                                                 "bn.running_mean",
                                                 "bn.running_var",
                                                 "bn.weight",
                                                 "bn_residual.bias",
                                                 "bn_residual.num_batches_tracked",
                                                 "bn_residual.running_mean",
                                                 "bn_residual.running_var",
                                                 "bn_residual.weight",
                                                 "fc.bias",
                                                 "fc.weight",
                                                 "lstm1.bias_hh_l0",
                                                 "lstm1.bias_ih_l0",
                                                 "lstm1.weight_hh_l0",
                                                 "lstm1.weight_ih_l0",
                                                 "lstm2.bias_hh_l0",
                                                 "lstm2.bias_ih_l0",
                                                 "lstm2.weight_hh_l0",
                                                 "lstm2.weight_ih_l0"});
  CHECK(file.dtype("bn.num_batches_tracked") == "I64");
  CHECK(file.shape("attention_vector") == Shape{3, 1});
  const auto other = small_model(2);
  const LoadReport report = load_state_dict(*other, file);
  CHECK(report.missing.empty());
  CHECK(saved(*other).bytes() == saved(*model).bytes());
}

TEST_CASE("a state dict crosses precisions") {
  const auto exact = small_model(1);
  const auto rounded =
      make_model<float>(test::NamedModel{.name = "reslstm-sa-h3", .input = 4, .classes = 2}, 2);
  load_state_dict(*rounded, saved(*exact));
  for (std::size_t k = 0; k < exact->parameters().size(); ++k)
    CHECK(rounded->parameters()[k]->value == exact->parameters()[k]->value.to<float>());
}

TEST_CASE("a prefix keeps several modules apart in one file") {
  const auto a = small_model(1), b = small_model(2);
  Safetensors file = saved(*a, "model.");
  save_state_dict(*b, file, "average.");
  const auto c = small_model(3);
  load_state_dict(*c, file, Strictness::strict, "average.");
  CHECK(saved(*c).bytes() == saved(*b).bytes());
}

TEST_CASE("loading says which name is wrong and leaves the model as it was") {
  const auto model = small_model(1);
  const auto before = saved(*model).bytes();
  const auto load = [&](const Safetensors& file, Strictness strictness = Strictness::strict) {
    return load_state_dict(*model, file, strictness);
  };

  const auto wider =
      make_model<double>(test::NamedModel{.name = "reslstm-sa-h4", .input = 4, .classes = 2}, 1);
  CHECK_THROWS_WITH(load(saved(*wider)),
                    ContainsSubstring("tensor 'lstm2.weight_ih_l0': expected shape (12,4), got "
                                      "(16,4)"));
  const auto plain =
      make_model<double>(test::NamedModel{.name = "lstm-sa-h3", .input = 4, .classes = 2}, 1);
  CHECK_THROWS_WITH(load(saved(*plain)),
                    ContainsSubstring("lacks lstm1.weight_ih_l0, lstm1.weight_hh_l0") &&
                        ContainsSubstring("and 7 more"));
  Safetensors extra = saved(*model);
  extra.add("fc.extra", Tensor<double>({1}));
  CHECK_THROWS_WITH(load(extra), ContainsSubstring("has unexpected fc.extra"));

  const auto broken = small_model(1);
  broken->named_parameters().back().value->value[0] = NAN;
  CHECK_THROWS_WITH(load(saved(*broken)), ContainsSubstring("tensor 'fc.bias' holds nan"));
  CHECK(saved(*model).bytes() == before);

  const LoadReport report = load(extra, Strictness::lenient);
  CHECK(report.unexpected == std::vector<std::string>{"fc.extra"});
  const LoadReport partial = load(saved(*plain), Strictness::lenient);
  CHECK(partial.missing.size() == 12);
  CHECK(partial.unexpected.size() == 4);
}

TEST_CASE("a file without num_batches_tracked loads") {
  const auto model = small_model(1), other = small_model(2);
  Safetensors file;
  for (const auto& [name, parameter] : model->named_parameters()) file.add(name, parameter->value);
  for (const auto& [name, buffer] : model->named_buffers()) file.add(name, *buffer);
  load_state_dict(*other, file);
  CHECK(saved(*other).bytes() == saved(*model).bytes());
}

TEST_CASE("PyTorch loads what is saved here, and the reverse") {
  const std::string python = test::python_with("torch");
  if (python.empty()) return;
  const TempFolder folder;
  const auto model = small_model(1);
  saved(*model).write(folder / "m.safetensors");
  const std::string command =
      python + " " + test::quoted(test::test_dir() / "support/check_torch.py") + " " +
      test::quoted(folder / "m.safetensors") + " " + test::quoted(folder / "back.safetensors");
  REQUIRE(std::system(command.c_str()) == 0);
  const auto back = small_model(2);
  load_state_dict(*back, Safetensors::read(folder / "back.safetensors"));
  CHECK(saved(*back).bytes() == saved(*model).bytes());
}
