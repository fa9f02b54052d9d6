import { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'
import type { ReportStore } from '@ratchet/ports/artifact-store.ts'
import type { PrismaClient } from './generated/client.ts'
import { storableInput } from './storable.ts'

/** Evaluation reports in PostgreSQL. Recording one again replaces what was recorded before. */
export function createReportStore(prisma: PrismaClient): ReportStore {
  return {
    async record(report) {
      const { roundId, checkpointId, benchmark, iterationId, problemSetId } = report
      const key = { roundId, checkpointId, benchmark }
      const data = { ...key, iterationId, problemSetId, passAt1: report.passAt1.value, report: storableInput(report) }
      await prisma.evaluationReport.upsert({
        where: { roundId_checkpointId_benchmark: key },
        create: data,
        update: data,
      })
    },

    /** The newest, where several rounds evaluated the same checkpoint. */
    async find(checkpointId, benchmark) {
      const row = await prisma.evaluationReport.findFirst({
        where: { checkpointId, benchmark },
        orderBy: { createdAt: 'desc' },
      })
      return row === null ? null : EvaluationReport.parse(row.report)
    },

    /** Oldest first. */
    async list(iterationId) {
      const rows = await prisma.evaluationReport.findMany({
        where: { iterationId },
        orderBy: [{ createdAt: 'asc' }, { checkpointId: 'asc' }, { benchmark: 'asc' }],
      })
      return rows.map((row) => EvaluationReport.parse(row.report))
    },
  }
}
