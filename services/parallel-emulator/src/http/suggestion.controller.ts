import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { readBody } from '../intake/request-body';
import { chooseProcessors } from '../suggestion/processor.choice';
import { suggestTask } from '../suggestion/suggested-task';

const schema = z.record(z.string(), z.unknown());

const suggestBody = z.object({
  user_intent: z.string().min(1),
  previous_task: z
    .object({
      title: z.string().nullish(),
      input_schema: schema.nullish(),
      output_schema: schema.nullish(),
      inputs: z.array(schema).nullish(),
    })
    .nullish(),
});

const suggestProcessorBody = z.object({ task_spec: schema, choose_processors_from: z.array(z.string()).nullish() });

/** These two exist under `/v1beta` alone. */
@Controller('v1beta/tasks')
export class SuggestionController {
  @Post('suggest')
  @HttpCode(200)
  suggest(@Body() body: unknown) {
    const { user_intent, previous_task } = readBody(suggestBody, body);
    return suggestTask(user_intent, previous_task ?? undefined);
  }

  @Post('suggest-processor')
  @HttpCode(200)
  suggestProcessor(@Body() body: unknown) {
    const { task_spec, choose_processors_from } = readBody(suggestProcessorBody, body);
    return { recommended_processors: chooseProcessors(task_spec, choose_processors_from ?? undefined) };
  }
}
