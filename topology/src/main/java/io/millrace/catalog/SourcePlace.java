package io.millrace.catalog;

/**
 * A place in a file of the user's, for messages.
 *
 * @param file the file's path as the user gave it
 * @param line from 1; 0 when the place is the whole file
 * @param column from 1; 0 when the place is the whole line
 */
public record SourcePlace(String file, int line, int column) {

    /** {@code file:line:column}, as compilers print it. */
    @Override
    public String toString() {
        if (line == 0) {
            return file;
        }
        return column == 0 ? file + ":" + line : file + ":" + line + ":" + column;
    }
}
