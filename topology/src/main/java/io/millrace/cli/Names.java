package io.millrace.cli;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.UserError;
import java.util.List;

/** Names that do not exist, and what was probably meant. */
final class Names {
    private Names() {}

    static UserError unknown(String what, String name, List<String> known) {
        String nearest = known.isEmpty() ? "" : "did you mean " + Nearest.to(name, known) + "? ";
        return UserError.of(
                UserError.Category.NOT_FOUND,
                "there is no " + what + " " + name,
                nearest + "there " + (known.size() == 1 ? "is " : "are ") + String.join(", ", known));
    }
}
