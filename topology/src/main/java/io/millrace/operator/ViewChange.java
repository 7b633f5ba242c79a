package io.millrace.operator;

import io.millrace.row.Origin;
import io.millrace.row.Row;

/**
 * A change of what a view shows at one key: the row before and after. In a multiset view a row is shown once, with how many
 * copies there are.
 *
 * @param before the row shown so far, or null
 * @param after the row shown from now on, or null; not both are null
 * @param multiplicityBefore how many copies there were; 0 or 1 in a view with a unique key
 * @param multiplicityAfter how many copies there are
 * @param origin the change in the source that led here
 */
public record ViewChange(Row before, Row after, long multiplicityBefore, long multiplicityAfter, Origin origin) {}
