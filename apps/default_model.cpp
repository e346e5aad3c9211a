#include "default_model.h"

#include <fmt/format.h>
#include <sonant/core/error.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/training_facts.h>

#include "terminal.h"

namespace sonant::apps {

std::filesystem::path default_model() {
  namespace fs = std::filesystem;
  const char* name = "reslstm-sa-h64.safetensors";
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& folder : {program.parent_path() / SONANT_MODELS_FROM_PROGRAM,
                                 fs::path(SONANT_SOURCE_DIR) / "apps" / "models"}) {
    if (fs::exists(folder / name, ignored)) return (folder / name).lexically_normal();
  }
  fail("model", name, ": is neither installed nor in ", SONANT_SOURCE_DIR,
       "/apps/models; expected --model FILE, from sonant train");
}

SpeechModel model_or_default(const std::string& file) {
  if (!file.empty()) return load_model(file);
  const std::filesystem::path path = default_model();
  SpeechModel model = load_model(path);
  const TrainingFacts facts = facts_from_json(model.facts, path.native());
  if (!quiet())
    say("model: {}\n{}, trained on {} (weights CC BY-NC-SA 4.0); of speakers it never heard "
        "it names the emotion\nrightly in {:.0f} of 100 cases (UAR {:.3f}, chance {:.3f})\n",
        printable(path.native()), facts.config.model, facts.data.corpus, 100 * facts.test_accuracy,
        facts.test_figure, 1.0 / static_cast<double>(model.class_names.size()));
  return model;
}

}  // namespace sonant::apps
