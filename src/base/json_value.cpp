// Reading the tape.
#include "base/json_tape.hpp"

namespace keyhold::json {

Type Value::type() const { return node_->type; }
std::string_view Value::name() const { return node_->name; }
std::size_t Value::size() const { return node_->size; }

std::optional<std::string_view> Value::string() const {
    if (node_->type != Type::string) return std::nullopt;
    return node_->text;
}

std::optional<bool> Value::boolean() const {
    if (node_->type != Type::boolean) return std::nullopt;
    return node_->integer != 0;
}

std::optional<std::int64_t> Value::integer() const {
    if (node_->type != Type::integer) return std::nullopt;
    return node_->integer;
}

std::optional<double> Value::number() const {
    if (node_->type != Type::integer && node_->type != Type::number) return std::nullopt;
    return node_->number;
}

std::optional<Value> Value::find(std::string_view name) const {
    if (node_->type != Type::object) return std::nullopt;
    for (auto member = first(); member; member = member->next())
        if (member->name() == name) return member;
    return std::nullopt;
}

std::optional<Value> Value::first() const {
    if (node_->size == 0) return std::nullopt;
    return Value(node_ + 1);
}

std::optional<Value> Value::next() const {
    if (node_->next == 0) return std::nullopt;
    return Value(node_ + node_->next);
}

}  // namespace keyhold::json
