package io.millrace.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinInfo;
import org.apache.calcite.rex.RexUtil;

/** Brings the two sides of a join together and puts the join over them. */
final class JoinPlacement {
    private final RelTranslator translator;
    private final Join rel;
    private final JoinInfo info;
    private final boolean padLeft;
    private final boolean padRight;
    private RelTranslator.Translated left;
    private RelTranslator.Translated right;
    private List<Integer> leftRelKey;
    private List<Integer> rightRelKey;

    JoinPlacement(
            RelTranslator translator,
            Join rel,
            JoinInfo info,
            RelTranslator.Translated left,
            RelTranslator.Translated right) {
        this.translator = translator;
        this.rel = rel;
        this.info = info;
        this.padLeft = rel.getJoinType().generatesNullsOnRight();
        this.padRight = rel.getJoinType().generatesNullsOnLeft();
        this.left = left;
        this.right = right;
        this.leftRelKey = info.leftKeys;
        this.rightRelKey = info.rightKeys;
    }

    RelTranslator.Translated place(int leftWidth) {
        orderKeysAsArranged();
        List<Integer> meeting = meetingPositions();
        Relation leftHome = left.relation();
        Relation rightHome = right.relation();
        left = translator.together(left, leftKey(), meeting);
        right = translator.together(right, rightKey(), meeting);
        PlanNode.Arranged leftRows = left.relation().arrangedBy(leftKey());
        PlanNode.Arranged rightRows = right.relation().arrangedBy(rightKey());
        int width = leftRows.fields().size();
        int[] columns = Arrays.copyOf(left.columns(), rel.getRowType().getFieldCount());
        for (int i = leftWidth; i < columns.length; i++) {
            columns[i] = right.columns()[i - leftWidth] < 0 ? -1 : right.columns()[i - leftWidth] + width;
        }
        Expression condition = info.nonEquiConditions.isEmpty()
                ? null
                : translator.expression(
                        RexUtil.composeConjunction(rel.getCluster().getRexBuilder(), info.nonEquiConditions), columns);
        PlanNode.Join node = new PlanNode.Join(leftRows, rightRows, padLeft, padRight, condition);
        translator.remember(
                node,
                new KeyExchanges.Side(leftHome, left.relation(), leftKey()),
                new KeyExchanges.Side(rightHome, right.relation(), rightKey()));
        return new RelTranslator.Translated(
                Relation.joined(node, left.relation(), leftKey(), right.relation(), rightKey()), columns);
    }

    private List<Integer> leftKey() {
        return leftRelKey.stream().map(column -> left.columns()[column]).toList();
    }

    private List<Integer> rightKey() {
        return rightRelKey.stream().map(column -> right.columns()[column]).toList();
    }

    /** Puts the key's columns into the order of a side that is arranged by just these already. */
    private void orderKeysAsArranged() {
        for (boolean ofLeft : new boolean[] {false, true}) {
            Relation side = ofLeft ? left.relation() : right.relation();
            List<Integer> key = ofLeft ? leftKey() : rightKey();
            if (side.node() instanceof PlanNode.Scan scan
                    && scan.unique()
                    && scan.key().size() == key.size()
                    && key.containsAll(scan.key())) {
                List<Integer> order = scan.key().stream().map(key::indexOf).toList();
                leftRelKey = order.stream().map(leftRelKey::get).toList();
                rightRelKey = order.stream().map(rightRelKey::get).toList();
                return;
            }
        }
    }

    /** Positions in the join's key by which both sides are to be partitioned: what spares the most exchanges. */
    private List<Integer> meetingPositions() {
        Optional<List<Integer>> ofLeft = left.relation().partitioningWithin(leftKey());
        Optional<List<Integer>> ofRight = right.relation().partitioningWithin(rightKey());
        List<Integer> all = IntStream.range(0, leftRelKey.size()).boxed().toList();
        return ofRight.or(() -> ofLeft).orElse(all);
    }
}
