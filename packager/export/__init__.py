"""A request as infrastructure code: CloudFormation and Terraform. Plain data in, text out; what they cannot express is refused."""
