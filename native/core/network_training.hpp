// The training half of a network's computations: updates, gradients and where a run diverged.
#pragma once

#include "core/network.hpp"

namespace deltarule::DELTARULE_LEVEL {

template <class T>
double Network<T>::loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) {
  const FlushToZero flush;
  prepare_training();
  const Batch batch{table.chosen, 0, table.samples()};
  Sums sums;
  if (plain_) {
    if (plan_.has_fixed()) std::fill_n(gradient, plan_.parameter_count(), T(0));
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      const Source<T> source{table, batch, first};
      training_.samples = std::min(panel_rows_, batch.count - first);
      forward_backward(source, {weights, weights}, nullptr, plan_.loss, batch.count, false);
      sums += sum_up(training_, source, false);
      each_gradient_block([&](const LayerLayout& layout, std::size_t i, const GradientBlock& block, int,
                              std::size_t) {
        gradient_to(layout, training_, i, block, gradient + layout.offset, first > 0);
      });
      each_normalization([&](std::size_t i) {
        normalization_gradient_to(layouts_[i], training_, i, gradient + layouts_[i].offset, first > 0);
      });
    }
  } else {
    sums = forward_backward_members(table, batch, weights, nullptr, plan_.loss, false);
    clear_fixed(plan_, learned_gradient_.data());
    std::copy_n(learned_gradient_.data(), learned_gradient_.size(), gradient);
  }
  double value = sums.loss / static_cast<double>(batch.count * plan_.members);
  for (const LayerLayout& layout : layouts_)
    value += penalize(layout, weights, gradient + layout.parts.weights);
  return value;
}

template <class T>
std::size_t Network<T>::diverged_layer(const Table<T>& table, const Batch& batch, const T* weights) {
  const FlushToZero flush;
  prepare_training();
  prepare_chains(weights);
  prepare_statistics(training_, weights, false);
  std::size_t diverged = layouts_.size();
  for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
    training_.samples = std::min(panel_rows_, batch.count - first);
    take(training_, weights, table.inputs, batch, first, training_.all_strips(), Executor::on_thread(0));
    diverged = std::min(diverged, first_broken_layer(weights));
  }
  if (diverged < layouts_.size()) return diverged;
  T largest = -1;
  for (std::size_t i = 0; i < layouts_.size(); ++i) {
    for (std::size_t j = layouts_[i].parts.begin; j < layouts_[i].parts.end; ++j) {
      const T size = std::abs(weights[j]);
      if (size > largest) largest = size, diverged = layouts_[i].block;
    }
  }
  return diverged;
}

template <class T>
void Network<T>::prepare_training() {
  if (training_.capacity > 0) return;
  gradient_at_.clear();
  array_sizes_.clear();
  const bool whole = !plain_ || plan_.optimizer.clips() || plan_.batch_rows > panel_rows_;
  std::size_t count = 0;
  for (const LayerLayout& layout : layouts_) {
    const std::size_t parameters = kept_count(layout.layer);
    const bool kept = parameters > 0 && (whole || !layout.layer.is_dense() || parameters < FUSED_PARAMETERS);
    gradient_at_.push_back(kept ? count : NO_GRADIENT);
    count += kept ? parameters : 0;
    list_arrays(layout);
  }
  blocks_ = spread_blocks(layouts_);
  block_penalties_.assign(blocks_.size(), 0);
  gradient_ = Buffer<T>(count);
  norms_ = Buffer<T>(widest_);
  if (!plain_) prepare_learned_gradients();
  // The last allocation: where memory is missing, the next update tries all of them again.
  training_ = Workspace<T>(plan_, layouts_, panel_rows_, true, threads_);
}

template <class T>
void Network<T>::list_arrays(const LayerLayout& layout) {
  const Layer& layer = layout.layer;
  if (!plain_) {
    const Parts& p = layout.parts;
    const std::size_t borders[] = {p.begin,           p.scale,   p.gamma,  p.beta,   p.moving_mean,
                                   p.moving_variance, p.weights, p.biases, p.slopes, p.input_factors,
                                   p.output_factors,  p.end};
    for (std::size_t i = 0; i + 1 < std::size(borders); ++i)
      array_sizes_.push_back(borders[i + 1] - borders[i]);
    return;
  }
  if (!layer.trainable) return;
  for (std::size_t i = 0; i < layer.normalization_count(); i += layer.units) array_sizes_.push_back(layer.units);
  if (!layer.is_dense()) return;
  array_sizes_.push_back(layer.weight_count());
  if (layer.bias) array_sizes_.push_back(layer.units);
}

template <class T>
void Network<T>::prepare_learned_gradients() {
  learned_gradient_ = Buffer<T>(plan_.parameter_count());
  std::size_t most = 0;
  for (const Column& column : plan_.columns)
    if (kind_of(column) != ColumnKind::category) most = std::max(most, column.parameter_count);
  column_sums_.assign(static_cast<std::size_t>(threads_), std::vector<Vector<T>>(most));
  if (plan_.members > 1 && plan_.score)
    member_outputs_ = Buffer<T>(
        checked_product(strips_for<T>(plan_.batch_rows) * STRIP<T>, layouts_.back().layer.units));
}

template <class T>
double Network<T>::learn_batch(const Table<T>& table, const Batch& batch, Memory<T>& memory,
                               const UpdateValues& values, std::uint64_t t, Sums* score) {
  prepare_training();
  Loss loss = plan_.loss;
  loss.label_smoothing = values.label_smoothing;
  const bool scored = score != nullptr;
  const Sums sums = plain_ ? forward_backward_plain(table, batch, memory.weights, values, loss, scored)
                           : forward_backward_members(table, batch, memory.weights, &values, loss, scored);
  if (score != nullptr) *score += {0, sums.score, sums.weight};
  const double value = sums.loss / static_cast<double>(batch.count * plan_.members);
  if (!std::isfinite(value)) return value;
  update_averages(layouts_, training_, memory.weights);
  return value + (plain_ ? learn(memory, values, t, batch.count > panel_rows_)
                         : learn_groups(memory, values, t));
}

template <class T>
Sums Network<T>::forward_backward_plain(const Table<T>& table, const Batch& batch, const T* weights,
                                        const UpdateValues& values, const Loss& loss, bool scored) {
  Sums sums;
  for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
    const Source<T> source{table, batch, first};
    const DropoutState dropout{plan_.seed, batch.epoch, batch.step, first, values.dropout_rates};
    training_.samples = std::min(panel_rows_, batch.count - first);
    forward_backward(source, {weights, weights}, &dropout, loss, batch.count, scored);
    sums += sum_up(training_, source, scored);
    if (first + panel_rows_ < batch.count) keep_gradients(gradient_.data(), first > 0);
  }
  return sums;
}

template <class T>
Sums Network<T>::forward_backward_members(const Table<T>& table, const Batch& batch, const T* weights,
                                          const UpdateValues* values, const Loss& loss, bool scored) {
  prepare_chains(weights);
  std::fill_n(learned_gradient_.data(), learned_gradient_.size(), T(0));
  Sums sums;
  for (std::size_t m = 0; m < plan_.members; ++m) {
    const bool last = m + 1 == plan_.members;
    for (std::size_t first = 0; first < batch.count; first += panel_rows_) {
      const Source<T> source{table, batch, first};
      const DropoutState dropout{plan_.seed, batch.epoch, batch.step, first,
                              values == nullptr ? nullptr : values->dropout_rates,
                              static_cast<std::uint32_t>(m * layouts_.size())};
      training_.samples = std::min(panel_rows_, batch.count - first);
      forward_backward(source, view_of(weights, m), values == nullptr ? nullptr : &dropout, loss,
                   batch.count * plan_.members, scored && plan_.members == 1);
      if (scored && plan_.members > 1) score_members(first, m);
      Sums panel = sum_up(training_, source, scored && last);
      if (!last) panel.weight = 0;
      sums += panel;
      keep_gradients(gradient_.data(), first > 0);
      keep_learned_gradients(weights);
    }
    pull_back(layouts_, weights, gradient_.data(), m, learned_gradient_.data(), *pool_);
  }
  return sums;
}

template <class T>
void Network<T>::score_members(std::size_t first, std::size_t member) {
  const std::size_t units = layouts_.back().layer.units, numbers = units * STRIP<T>;
  const bool last = member + 1 == plan_.members;
  const T factor = last ? T(1) / static_cast<T>(plan_.members) : T(1);
  for (std::size_t s = 0; s < training_.strips(); ++s) {
    T* const sum = member_outputs_.data() + (first / STRIP<T> + s) * numbers;
    add_outputs(training_.x.back().view().strip(s), sum, numbers, member > 0, factor);
    if (last)
      score_strip(plan_.loss, sum, training_.targets.view().strip(s), units,
                  training_.scores.data() + s * STRIP<T>);
  }
}

template <class T>
std::size_t Network<T>::kept_count(const Layer& layer) const {
  if (!plain_) return layer.parameter_count();
  if (!layer.trainable) return 0;
  return layer.is_dense() ? layer.parameter_count() : layer.normalization_count();
}

template <class T>
template <class Use>
void Network<T>::each_normalization(const Use& use) {
  for (std::size_t i = 0; i < layouts_.size(); ++i) {
    const Layer& layer = layouts_[i].layer;
    if (!layer.learns_normalization()) continue;
    if (!(training_.batch && layer.uses_batch()))
      sum_normalization_gradient(layouts_[i], training_, i, Executor(*pool_));
    use(i);
  }
}

template <class T>
void Network<T>::keep_learned_gradients(const T* weights) {
  T* const gradient = learned_gradient_.data();
  each_normalization([&](std::size_t i) {
    normalization_gradient_to(layouts_[i], training_, i, gradient + layouts_[i].parts.gamma, true);
  });
  if (!training_.columns_delta.empty()) {
    const std::size_t at = layouts_.front().parts.embedding;
    const double numbers = 60.0 * static_cast<double>(columns_.size() * training_.samples);
    pool_->run(columns_.size(), numbers > PARALLEL_WORK, [&](std::size_t j, int thread) {
      const std::size_t first = at + columns_[j].parameters;
      column_gradient(columns_[j], weights + first, std::as_const(training_.columns).view(),
                      std::as_const(training_.columns_delta).view(), training_.samples, gradient + first,
                      column_sums_[static_cast<std::size_t>(thread)].data());
    });
  }
  for (std::size_t i = 0; i < layouts_.size(); ++i) {
    if (!layouts_[i].layer.learned_activation) continue;
    const std::size_t units = layouts_[i].layer.units;
    T* const to = gradient + layouts_[i].parts.slopes;
    for (std::size_t s = 0; s < training_.strips(); ++s)
      for (std::size_t unit = 0; unit < units; ++unit)
        to[unit] += training_.slope_sums[i][s * units + unit];
  }
}

template <class T>
double Network<T>::learn_groups(Memory<T>& memory, const UpdateValues& values, std::uint64_t t) {
  advance(plan_.optimizer, memory, t);
  T* const gradient = learned_gradient_.data();
  double penalty = 0;
  for (const LayerLayout& layout : layouts_)
    penalty += penalize(layout, memory.weights, gradient + layout.parts.weights);
  clear_fixed(plan_, gradient);
  clip(plan_.optimizer, array_sizes_, gradient, learned_gradient_.size());
  update_groups(plan_, values, t, memory, gradient, *pool_);
  for (const LayerLayout& layout : layouts_) limit_norms(layout, memory.weights, norms_.data());
  return penalty;
}

template <class T>
void Network<T>::forward_backward(const Source<T>& source, const ParameterView<T>& parameters,
                                  const DropoutState* dropout, const Loss& loss, std::size_t batch_rows,
                                  bool scored) {
  prepare_statistics(training_, parameters.learned, dropout != nullptr);
  const auto through = [&](Range strips, const Executor& executor) {
    take(training_, parameters.learned, source.table.inputs, source.batch, source.first, strips, executor);
    forward(layouts_, parameters, training_, dropout, plan_.loss.fused, strips, executor);
    measure(layouts_, training_, source, loss, batch_rows, scored, strips, executor);
    backward(layouts_, parameters, training_, strips, executor);
  };
  if (!grouped_ || pool_->is_single_threaded()) return through(training_.all_strips(), Executor(*pool_));
  const std::size_t strips = training_.strips(), size = ceil_div(strips, GROUPS);
  pool_->run(ceil_div(strips, size), work(training_.samples) > PARALLEL_WORK,
             [&](std::size_t group, int thread) {
               through({group * size, std::min(strips, (group + 1) * size)}, Executor::on_thread(thread));
             });
}

template <class T>
void Network<T>::keep_gradients(T* gradient, bool add) {
  each_gradient_block([&](const LayerLayout& layout, std::size_t i, const GradientBlock& block, int,
                          std::size_t) {
    gradient_to(layout, training_, i, block, gradient + gradient_at_[i], add);
  });
  if (!plain_) return;
  each_normalization([&](std::size_t i) {
    normalization_gradient_to(layouts_[i], training_, i, gradient + gradient_at_[i], add);
  });
}

template <class T>
double Network<T>::learn(Memory<T>& memory, const UpdateValues& values, std::uint64_t t, bool add) {
  advance(plan_.optimizer, memory, t);
  const Step<T> step(plan_.optimizer,
                     {values.learning_rate, values.weight_decay, t, memory.momentum_product});
  each_gradient_block([&](const LayerLayout& layout, std::size_t i, const GradientBlock& block, int thread,
                          std::size_t task) {
    if (gradient_at_[i] == NO_GRADIENT)
      block_penalties_[task] = gradient_into_update(layout, training_, i, block, step, memory, thread);
    else
      gradient_to(layout, training_, i, block, gradient_.data() + gradient_at_[i], add);
  });
  each_normalization([&](std::size_t i) {
    normalization_gradient_to(layouts_[i], training_, i, gradient_.data() + gradient_at_[i], add);
  });
  double penalty = 0;
  for (const double of_block : block_penalties_) penalty += of_block;
  for (std::size_t i = 0; i < layouts_.size(); ++i)
    if (gradient_at_[i] != NO_GRADIENT)
      penalty += penalize(layouts_[i], memory.weights, gradient_.data() + gradient_at_[i]);
  clip(plan_.optimizer, array_sizes_, gradient_.data(), gradient_.size());
  update_kept_gradients(step, memory);
  for (const LayerLayout& layout : layouts_) limit_norms(layout, memory.weights, norms_.data());
  return penalty;
}

template <class T>
void Network<T>::update_kept_gradients(const Step<T>& step, const Memory<T>& memory) {
  for (std::size_t i = 0; i < layouts_.size();) {
    if (gradient_at_[i] == NO_GRADIENT) {
      ++i;
      continue;
    }
    const std::size_t first = i;
    std::size_t count = 0;
    for (; i < layouts_.size() && gradient_at_[i] != NO_GRADIENT &&
           layouts_[i].offset == layouts_[first].offset + count;
         ++i)
      count += kept_count(layouts_[i].layer);
    constexpr std::size_t CHUNK = 4096;
    pool_->run(ceil_div(count, CHUNK), count > 4 * CHUNK, [&](std::size_t task, int) {
      const std::size_t begin = task * CHUNK;
      update_span(step, memory, layouts_[first].offset + begin,
                  gradient_.data() + gradient_at_[first] + begin, std::min(CHUNK, count - begin));
    });
  }
}

template <class T>
std::size_t Network<T>::first_broken_layer(const T* weights) {
  const auto finite = [](const T* numbers, std::size_t count) {
    for (std::size_t j = 0; j < count; ++j)
      if (!std::isfinite(numbers[j])) return false;
    return true;
  };
  for (std::size_t i = 0; i < layouts_.size(); ++i) {
    const LayerLayout& layout = layouts_[i];
    const std::size_t block = layout.block;
    if (!finite(weights + layout.parts.begin, layout.parts.end - layout.parts.begin)) return block;
    if (!layout.layer.is_dense()) {
      normalize(layout, weights, training_, i, false, training_.all_strips(), Executor::on_thread(0));
      continue;
    }
    logits(layout, view_of(weights, 0).chain, training_, i, training_.all_strips(), Executor::on_thread(0),
           [](std::size_t, std::size_t, std::size_t) {});
    for (std::size_t s = 0; s < training_.strips(); ++s) {
      T* const z = training_.x[i + 1].view().strip(s);
      for (std::size_t unit = 0; unit < layout.layer.units; ++unit)
        if (!finite(z + unit * STRIP<T>, training_.samples_in(s))) return block;
      if (layout.is_softmax()) softmax_strip(z, layout.layer.units);
      else activate_rows(layout, weights, training_, i, s, 0, layout.layer.units);
    }
  }
  return layouts_.size();
}

}  // namespace deltarule::DELTARULE_LEVEL
