package io.millrace.scaling.policy;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.Node;

/** What is found wrong while a file is read, each with its place. */
final class Mistakes {
    private final String file;
    private final List<UserError> errors = new ArrayList<>();
    private final List<UserError> warnings = new ArrayList<>();

    Mistakes(String file) {
        this.file = file;
    }

    void error(Node at, String message, String hint) {
        errors.add(new UserError(Category.INVALID_PIPELINE, place(at.getStartMark()), message, hint));
    }

    void error(Mark at, String message, String hint) {
        errors.add(new UserError(Category.INVALID_PIPELINE, place(at), message, hint));
    }

    void warning(Node at, String message, String hint) {
        warnings.add(new UserError(Category.INVALID_PIPELINE, place(at.getStartMark()), message, hint));
    }

    private SourcePlace place(Mark mark) {
        return mark == null
                ? new SourcePlace(file, 0, 0)
                : new SourcePlace(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    List<UserError> errors() {
        return errors;
    }

    List<UserError> warnings() {
        return warnings;
    }
}
