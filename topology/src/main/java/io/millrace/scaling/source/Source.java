package io.millrace.scaling.source;

import io.millrace.scaling.Sample;
import java.io.IOException;
import java.util.List;

/** Something that tells a metric's values of now. */
interface Source {
    /**
     * The values.
     *
     * @param timeMs the time that they are to have
     */
    List<Sample> read(long timeMs) throws IOException, InterruptedException;
}
