package io.millrace.plan;

import io.millrace.sql.FrameShape;

/**
 * The rows around a row that a window function computes over.
 *
 * @param shape where it begins and ends
 * @param start how far from the row it begins, a constant; null where that is no offset
 * @param end the same of its end
 */
public record Frame(FrameShape shape, Expression start, Expression end) {
    /** A frame without offsets. */
    public Frame(FrameShape shape) {
        this(shape, null, null);
    }

    public Frame {
        if (shape.start().hasOffset() != (start != null) || shape.end().hasOffset() != (end != null)) {
            throw new IllegalArgumentException(shape + " with " + start + " and " + end);
        }
    }

    @Override
    public String toString() {
        return shape.sql(start, end);
    }
}
