#include <sonant/train/experiment/published.h>

#include <algorithm>

namespace sonant {

std::span<const PublishedModel> published_models() {
  static constexpr PublishedModel models[] = {
      {"lstm-sa-h32", 10'600, .5352, .0123, .5547},
      {"lstm-sa-h64", 29'384, .5751, .0108, .5996},
      {"lstm-sa-h128", 91'656, .5895, .0076, .6022},  // with two attention vectors
      {"reslstm-sa-h32", 27'988, .6130, .0111, .6315},
      {"reslstm-sa-h64", 46'772, .6232, .0119, .6517},
      {"reslstm-sa-h128", 108'916, .6107, .0134, .6348},
  };
  return models;
}

const PublishedModel* find_published(std::string_view model) {
  const auto all = published_models();
  const auto found = std::ranges::find(all, model, &PublishedModel::name);
  return found == all.end() ? nullptr : &*found;
}

std::span<const PublishedSystem> published_systems() {
  static constexpr PublishedSystem systems[] = {
      {"AlexNet + SVM", "Luna-Jimenez 2021", 61.0, .4580},
      {"CNN + LSTM", "Dissanayake 2020", 0, .5671},
      {"GResNet", "Zeng 2019", 0, .5970},
      {"AlexNet, fine-tuned", "Luna-Jimenez 2021", 61.0, .6167},
      {"CNN14, fine-tuned", "Luna-Jimenez 2021", 81.0, .7658},
      {"xlsr-wav2vec 2.0, fine-tuned", "Luna-Jimenez 2022", 317.0, .8182},
      {"wav2vec 2.0 + augmentation", "Ibrahim 2024", 317.0, .8229},
  };
  return systems;
}

}  // namespace sonant
